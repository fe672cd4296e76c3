package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds single records through the store's own search or index. A session returns one of the three kinds, according to
 * the role of its store.
 */
public interface Lookup {

    /** Searches a vector store for entities. */
    interface EntitySearch extends Lookup {

        /** An entity, and the vector that it has, or had, in its collection. */
        record Probe(String collection, String entity, RecordVisitor.Vector vector) {}

        /** An entity that a search found. The higher the score, the nearer the entity. */
        record Hit(String entity, double score) {}

        /**
         * Returns entities with their dense vectors, spread over their collection. Entities without a name are left out.
         *
         * @param limit the number of entities; the result is shorter if the store has fewer
         */
        List<Probe> sample(int limit) throws IOException;

        /**
         * Searches each probe's collection for its vector. Uses exact search, so results are deterministic.
         *
         * @return for each probe about ten hits, the nearest first, or {@code null} if the probe cannot be searched for or
         *     the collection's distance metric does not rank a vector nearest to itself
         */
        List<@Nullable List<Hit>> search(List<Probe> probes) throws IOException;
    }

    /** Finds nodes of a graph. */
    interface NodeLookup extends Lookup {

        /** Shows every node that has one of these ids. Gives each node a distinct number. */
        void nodes(Collection<String> ids, RecordVisitor visitor) throws IOException;
    }

    /** Finds entries of a key-value store. */
    interface EntryLookup extends Lookup {

        /** Shows the existing entries among these keys. */
        void entries(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException;
    }
}
