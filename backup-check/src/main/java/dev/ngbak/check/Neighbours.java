package dev.ngbak.check;

import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntitySearch.Hit;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The entities that a search for the vector of an entity found, the nearest first. */
record Neighbours(String entity, List<Hit> hits) {

    /** Servers compute with 32 bits, so smaller differences of scores mean nothing. */
    private static final double SCORE_TOLERANCE = 1e-5;

    /** Searches for all entities. Those that the store cannot search for are left out. */
    static List<Neighbours> search(EntitySearch search, List<Probe> probes) throws IOException {
        List<List<Hit>> hits = probes.isEmpty() ? List.of() : search.search(probes);
        List<Neighbours> neighbours = new ArrayList<>();
        for (int i = 0; i < hits.size(); i++) {
            if (hits.get(i) != null) {
                neighbours.add(new Neighbours(probes.get(i).entity(), hits.get(i)));
            }
        }
        return neighbours;
    }

    /** Returns whether the entity is among the nearest hits, or all hits are equally near. */
    boolean isEntityFirst() {
        if (hits.isEmpty()) {
            return false;
        }
        double least = hits.get(0).score() - SCORE_TOLERANCE;
        boolean isFirst = hits.stream().anyMatch(hit -> isOwn(hit) && hit.score() >= least);
        boolean allAreEqual = hits.size() > 1 && hits.stream().allMatch(hit -> hit.score() >= least);
        return isFirst || allAreEqual;
    }

    /** Returns the score of the entity itself, or of the first hit if the entity is not among the hits. */
    double ownScore() {
        return hits.stream().filter(this::isOwn).findFirst().orElse(hits.get(0)).score();
    }

    /** Returns the nearest other entity; one without a name if there is no other. */
    Hit second() {
        return hits.stream().filter(hit -> !isOwn(hit)).findFirst().orElse(new Hit("", 0));
    }

    private boolean isOwn(Hit hit) {
        return hit.entity().equals(entity);
    }
}
