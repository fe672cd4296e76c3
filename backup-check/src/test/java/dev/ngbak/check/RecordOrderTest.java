package dev.ngbak.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.StateCheck;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The stores are exported in parallel, so the check must find the same whatever order their records come in. */
class RecordOrderTest {

    private static final Role KV = Role.KV;
    private static final Role GRAPH = Role.GRAPH;
    private static final Role VECTOR = Role.VECTOR;

    static Stream<List<Role>> orders() {
        return Stream.of(
                List.of(KV, GRAPH, VECTOR),
                List.of(KV, VECTOR, GRAPH),
                List.of(GRAPH, KV, VECTOR),
                List.of(GRAPH, VECTOR, KV),
                List.of(VECTOR, KV, GRAPH),
                List.of(VECTOR, GRAPH, KV));
    }

    private static StateCheck.Result check(TestSystem system, List<Role> order, Set<Role> hidden) throws IOException {
        try (StateCheck.Session check = new BackupReferenceCheck().begin(system.settings())) {
            for (Role role : order) {
                system.visit(role, check.visitor(role));
            }
            return check.finish(hidden);
        }
    }

    /** Returns how often each broken rule is broken, as a backup finds it. */
    private static Map<Id, Long> broken(TestSystem system, List<Role> order) throws IOException {
        Map<Id, Long> broken = new TreeMap<>();
        for (StateCheck.RuleResult result : check(system, order, Set.of()).rules()) {
            assertThat(result.sample().isPresent()).isEqualTo(result.violations() > 0);
            if (result.violations() > 0) {
                broken.put(result.rule().id(), result.violations());
            }
        }
        return broken;
    }

    @ParameterizedTest
    @MethodSource("orders")
    void healthySystemBreaksNoRule(List<Role> order) throws IOException {
        assertThat(broken(TestSystem.healthy(), order)).isEmpty();
    }

    private static TestSystem damaged() {
        TestSystem system = TestSystem.healthy();
        String lost = TestSystem.chunkKey("world");
        system.entries.get("text_chunks").remove(lost);
        system.node(2, "CAROL", "PERSON", "chunk-of-nothing<SEP>" + lost);
        system.node(3, "ALICE", "PERSON", TestSystem.chunkKey("hello world"));
        system.edge(2, 9, "chunk-of-nothing");
        system.entity("NOBODY", 1, 1);
        system.chunkPoint("chunk-of-nothing");
        system.point(
                "here_chunks",
                null,
                Map.of("id", TestSystem.chunkKey("hello world"), "doc_id", "doc-of-nothing"),
                TestSystem.vectors(1, 0));
        return system;
    }

    @ParameterizedTest
    @MethodSource("orders")
    void damagedSystemBreaksTheSameRules(List<Role> order) throws IOException {
        assertThat(broken(damaged(), order))
                .isEqualTo(damaged().broken())
                .containsEntry(Id.NODE_CHUNKS_EXIST, 4L)
                .containsEntry(Id.RELATIONSHIP_CHUNKS_EXIST, 2L)
                .containsEntry(Id.RELATIONSHIP_ENDS_EXIST, 1L)
                .containsEntry(Id.ENTITY_VECTOR_HAS_NODE, 1L)
                .containsEntry(Id.TYPED_NODE_HAS_VECTOR, 1L)
                .containsEntry(Id.CHUNK_VECTOR_HAS_CHUNK, 3L);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void ruleThatNeedsAHiddenStoreHasNoResult(List<Role> order) throws IOException {
        StateCheck.Result result = check(damaged(), order, EnumSet.of(KV));

        assertThat(result.rules())
                .isNotEmpty()
                .noneMatch(rule -> rule.rule().needs().contains(KV));
        assertThat(result.unchecked()).isEqualTo(22 - result.rules().size());
    }
}
