package dev.ngbak.check;

import static dev.ngbak.check.TestSystem.DOCUMENT;
import static dev.ngbak.check.TestSystem.chunkKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.check.TestSystem.Point;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.engine.SampleQuery;
import dev.ngbak.engine.SampleQuery.Result;
import dev.ngbak.engine.SystemRecords;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EntitySampleQueryTest {

    private final TestSystem live = TestSystem.healthy();
    private final TestSystem archived = TestSystem.healthy();

    private Result ask() throws IOException {
        return new EntitySampleQuery().ask(live, archived);
    }

    private BackupException failure() {
        return catchThrowableOfType(BackupException.class, this::ask);
    }

    @Test
    void queryIsFoundAsAService() {
        assertThat(ServiceLoader.load(SampleQuery.class)).hasExactlyElementsOfTypes(EntitySampleQuery.class);
    }

    @Test
    void everyEntityIsAnsweredWhenNothingIsMissing() throws IOException {
        Result result = ask();

        assertThat(result.answers())
                .containsExactly(
                        new SampleAnswer("ALICE", 1, "BOB", 0, chunkKey("hello world"), DOCUMENT, "hello world"),
                        new SampleAnswer("BOB", 1, "ALICE", 0, chunkKey("world"), DOCUMENT, "world"));
        assertThat(result.warnings()).isEmpty();
        assertThat(result.summary()).contains("Sample query: 2 of 2 entities were found");
    }

    @Test
    void atMostTenEntitiesAreAsked() throws IOException {
        for (TestSystem system : List.of(live, archived)) {
            for (int i = 0; i < 100; i++) {
                system.node(i + 2, "E" + i, "PERSON", chunkKey("world"));
                system.entity("E" + i, i + 1, 100 - i);
            }
        }

        assertThat(ask().answers()).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void swappedVectorsFail() {
        List<Point> points = live.collections.get("here_entities");
        Point alice = points.get(0);
        Point bob = points.get(1);
        points.set(0, new Point(alice.id(), alice.payload(), bob.vectors()));
        points.set(1, new Point(bob.id(), bob.payload(), alice.vectors()));

        assertThat(failure().role()).contains(Role.VECTOR);
        assertThat(failure().problem())
                .isEqualTo("the sample query failed: in the vector store, the vector of ALICE finds BOB first,"
                        + " although the archive contains it");
    }

    @Test
    void missingNodeFails() {
        live.nodes.remove(0);

        assertThat(failure().kind()).isEqualTo(Kind.INTERNAL);
        assertThat(failure().role()).contains(Role.GRAPH);
        assertThat(failure().problem()).contains("ALICE has no node in the graph store");
    }

    @Test
    void missingChunkFails() {
        live.entries.get("text_chunks").remove(chunkKey("hello world"));

        assertThat(failure().role()).contains(Role.KV);
        assertThat(failure().problem()).contains("from which ALICE comes, is not in text_chunks in the kv store");
    }

    @Test
    void missingDocumentFails() {
        live.entries.remove("full_docs");

        assertThat(failure().problem()).contains("is not in full_docs in the kv store");
    }

    @Test
    void partThatTheArchiveLacksTooIsAWarning() throws IOException {
        live.entries.remove("full_docs");
        archived.entries.remove("full_docs");

        Result result = ask();

        assertThat(result.answers()).isEmpty();
        assertThat(result.summary()).contains("Sample query: 0 of 2 entities were found");
        assertThat(result.warnings())
                .singleElement()
                .asString()
                .contains("is not in full_docs")
                .contains("and 2 more like it")
                .contains("The archive lacks the same data");
    }

    @Test
    void entryThatExpiredSinceTheBackupIsAWarning() throws IOException {
        live.entries.remove("full_docs");
        SystemRecords expired = new Forwarding(archived) {
            @Override
            public Optional<String> visit(Role role, RecordVisitor visitor) throws IOException {
                return super.visit(
                        role,
                        role != Role.KV
                                ? visitor
                                : new RecordVisitor() {
                                    @Override
                                    public void entry(String namespace, String key, byte[] value, long expires)
                                            throws IOException {
                                        visitor.entry(namespace, key, value, 1);
                                    }
                                });
            }
        };

        assertThat(new EntitySampleQuery().ask(live, expired).warnings()).hasSize(1);
    }

    @Test
    void hiddenArchivedVectorsAreReplacedByTheStoredOnes() throws IOException {
        archived.hidden.put(Role.VECTOR, "it is opaque");

        assertThat(ask().answers()).hasSize(2);
    }

    @Test
    void partThatTheArchiveDoesNotShowIsAWarning() throws IOException {
        archived.hidden.put(Role.GRAPH, "it is opaque");
        live.nodes.remove(0);

        Result result = ask();

        assertThat(result.answers()).extracting(SampleAnswer::entity).containsExactly("BOB");
        assertThat(result.warnings())
                .singleElement()
                .asString()
                .contains("ngbak cannot tell whether this data was already missing");
    }

    @Test
    void hiddenLiveStoreIsNotAsked() throws IOException {
        live.hidden.put(Role.GRAPH, "Neo4j does not show its records");

        assertThat(ask())
                .isEqualTo(new Result(
                        List.of(),
                        List.of(),
                        "The sample query was skipped, because Neo4j does not show its records."));
    }

    @Test
    void systemWithoutEntityVectorsIsNotAsked() throws IOException {
        live.collections.clear();
        archived.collections.clear();

        assertThat(ask().summary())
                .isEqualTo("The sample query was skipped, because no entity has a vector to search for.");
    }

    @Test
    void equalVectorsHaveNoFirstAndAreNoMiss() throws IOException {
        for (TestSystem system : List.of(live, archived)) {
            system.collections.get("here_entities").clear();
            system.entity("ALICE", 0, 0);
            system.entity("BOB", 0, 0);
        }

        assertThat(ask().answers()).hasSize(2);
    }

    @Test
    void lookupOfTheStoreIsUsed() throws IOException {
        List<String> searched = new ArrayList<>();
        SystemRecords own = new Forwarding(live) {
            @Override
            public Optional<Lookup> lookup(Role role) {
                return role == Role.VECTOR ? Optional.of(recording(searched)) : Optional.empty();
            }
        };

        assertThat(new EntitySampleQuery().ask(own, archived).answers())
                .extracting(SampleAnswer::entity)
                .containsExactly("BOB");
        assertThat(searched).containsExactly("ALICE", "BOB");
    }

    /** Returns a search that cannot search for ALICE. */
    private static EntitySearch recording(List<String> searched) {
        return new EntitySearch() {
            @Override
            public List<Probe> sample(int limit) {
                throw new AssertionError("the archive shows its vectors");
            }

            @Override
            public List<List<Hit>> search(List<Probe> probes) {
                List<List<Hit>> hits = new ArrayList<>();
                for (Probe probe : probes) {
                    searched.add(probe.entity());
                    hits.add(probe.entity().equals("ALICE") ? null : List.of(new Hit(probe.entity(), 1)));
                }
                return hits;
            }
        };
    }

    private static class Forwarding implements SystemRecords {
        private final SystemRecords real;

        Forwarding(SystemRecords real) {
            this.real = real;
        }

        @Override
        public Settings settings() {
            return real.settings();
        }

        @Override
        public Optional<String> visit(Role role, RecordVisitor visitor) throws IOException {
            return real.visit(role, visitor);
        }

        @Override
        public Optional<Lookup> lookup(Role role) {
            return real.lookup(role);
        }

        @Override
        public Set<Role> changed() throws IOException {
            return real.changed();
        }
    }
}
