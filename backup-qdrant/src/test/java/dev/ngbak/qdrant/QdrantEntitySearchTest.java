package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntitySearch.Hit;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The search for entities by their own vectors. */
class QdrantEntitySearchTest {

    private static final String COLLECTION = Fixtures.COLLECTION;
    private static final String HYBRID =
            "{\"vectors\":{\"dense\":{\"size\":8,\"distance\":\"Cosine\"}},\"sparse_vectors\":{\"sparse\":{}}}";

    private static QdrantServer server;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @AfterEach
    void clear() throws IOException {
        server.call("DELETE", "/collections/" + COLLECTION, null);
    }

    private static void fill(String definition, boolean named, int entities) throws IOException {
        server.call("PUT", "/collections/" + COLLECTION, definition);
        Random random = new Random(5);
        ObjectNode batch = Json.object();
        for (int i = 0; i < entities; i++) {
            ObjectNode point = batch.withArray("/points").addObject();
            point.put("id", new java.math.BigInteger(Long.toUnsignedString(random.nextLong())));
            point.putObject("payload").put("entity_name", "ENTITY " + i);
            ObjectNode vectors = named ? point.putObject("vector") : point;
            for (int j = 0; j < 8; j++) {
                vectors.withArray(named ? "/dense" : "/vector").add(random.nextGaussian());
            }
        }
        server.call("PUT", "/collections/" + COLLECTION + "/points?wait=true", batch.toString());
    }

    private static List<Probe> sample(int limit) throws IOException {
        try (ExportSession session = new QdrantExporter().open(server.settings())) {
            return lookup(session).sample(limit);
        }
    }

    private static List<List<Hit>> search(List<Probe> probes) throws IOException {
        try (ExportSession session = new QdrantExporter().open(server.settings())) {
            return lookup(session).search(probes);
        }
    }

    private static EntitySearch lookup(ExportSession session) {
        return (EntitySearch) session.lookup().orElseThrow();
    }

    @Test
    void sampledEntitiesAreFoundByTheirVectors() throws IOException {
        for (boolean named : new boolean[] {true, false}) {
            if (!named) {
                clear();
            }
            fill(named ? HYBRID : "{\"vectors\":{\"size\":8,\"distance\":\"Cosine\"}}", named, 200);

            List<Probe> probes = sample(10);
            List<List<Hit>> hits = search(probes);

            assertThat(probes).hasSize(10);
            assertThat(new HashSet<>(probes.stream().map(Probe::entity).toList()))
                    .hasSize(10);
            for (int i = 0; i < 10; i++) {
                assertThat(hits.get(i).get(0).entity()).isEqualTo(probes.get(i).entity());
                assertThat(hits.get(i).get(0).score()).isBetween(0.9999, 1.0001);
                assertThat(hits.get(i)).hasSize(10);
            }
        }
    }

    @Test
    void vectorOfAnotherEntityFindsThatEntity() throws IOException {
        fill(HYBRID, true, 20);
        List<Probe> probes = sample(2);
        Probe swapped =
                new Probe(COLLECTION, probes.get(0).entity(), probes.get(1).vector());

        List<Hit> hits = search(List.of(swapped)).get(0);

        assertThat(hits.get(0).entity()).isEqualTo(probes.get(1).entity());
    }

    @Test
    void sampleIsLimitedToTheEntitiesThatExist() throws IOException {
        assertThat(sample(10)).isEmpty();
        fill(HYBRID, true, 3);

        assertThat(sample(10)).hasSize(3);
    }

    @Test
    void collectionWithAnotherMetricThanCosineIsNotSearched() throws IOException {
        fill("{\"vectors\":{\"size\":8,\"distance\":\"Dot\"}}", false, 5);
        Probe probe = new Probe(COLLECTION, "ENTITY 1", new RecordVisitor.Vector("", new float[8], null));

        assertThat(search(List.of(probe))).containsExactly((List<Hit>) null);
    }
}
