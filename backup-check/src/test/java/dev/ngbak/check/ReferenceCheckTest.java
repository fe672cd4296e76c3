package dev.ngbak.check;

import static dev.ngbak.check.TestSystem.DOCUMENT;
import static dev.ngbak.check.TestSystem.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceCheckTest {

    @Test
    void systemOfTheForkBreaksNoRule() throws IOException {
        CheckReport report = TestSystem.healthy().check();

        assertThat(report.results()).extracting(CheckReport.Result::count).containsOnly(0L);
        assertThat(report.warnings()).isEmpty();
        assertThat(report.seen())
                .isEqualTo(Map.of(
                        "documents", 1L,
                        "chunks", 2L,
                        "community_reports", 2L,
                        "nodes", 2L,
                        "relationships", 1L,
                        "entity_vectors", 2L,
                        "chunk_vectors", 2L));
    }

    @Test
    void systemOfUpstreamBreaksNoRule() throws IOException {
        TestSystem system = new TestSystem();
        String chunk = key("chunk-", "hello world");
        system.entry("full_docs", DOCUMENT, "{\"content\": \"hello world\"}");
        system.entry(
                "text_chunks",
                chunk,
                "{\"content\": \"hello world\", \"chunk_order_index\": 0, \"full_doc_id\": \"" + DOCUMENT + "\"}");
        system.entry("community_reports", "0", "{\"title\": \"Cluster 0\", \"nodes\": [\"\\\"ALICE\\\"\"]}");
        system.entry("community_reports", "1", "{\"title\": \"Cluster 1\"}");
        Map<String, Object> properties = Map.of(
                "entity_type", "\"PERSON\"",
                "source_id", chunk,
                "clusters", "[{\"level\": 0, \"cluster\": 0}, {\"cluster\": \"1\"}]");
        system.nodes.add(new TestSystem.Node(7, "\"ALICE\"", List.of(), properties));
        system.dimensions.put("entities", Map.of("", 2));
        system.point("entities", null, TestSystem.entityPayload("\"ALICE\""), dense(1, 0));

        assertThat(system.broken()).isEmpty();
        assertThat(system.check(Id.COMMUNITY_HAS_REPORT).looked()).isEqualTo(2);
    }

    private static List<Vector> dense(float... values) {
        return List.of(new Vector("", values, null));
    }

    /** LightRAG 1.5.7 stores names in a property, and derives ids of documents and chunks from file and number. */
    @Test
    void systemOfLightRagBreaksNoRule() throws IOException {
        TestSystem system = lightRag();

        CheckReport report = system.check();

        assertThat(report.warnings()).isEmpty();
        assertThat(report.results()).extracting(CheckReport.Result::outcome).doesNotContain(Outcome.BROKEN);
        assertThat(report.results())
                .filteredOn(result -> result.outcome() == Outcome.NOTHING_TO_CHECK)
                .extracting(result -> result.rule().id())
                .containsExactly(
                        Id.UNTYPED_NODE_HAS_VECTOR,
                        Id.COMMUNITY_HAS_REPORT,
                        Id.REPORT_HAS_COMMUNITY,
                        Id.REPORT_REFERENCES_EXIST,
                        Id.REPORT_TITLE_IS_KEY,
                        Id.NODES_HAVE_SAME_LEVELS);
    }

    private static TestSystem lightRag() {
        TestSystem system = new TestSystem();
        String document = key("doc-", "book.txt");
        String chunk = document + "-chunk-000";
        system.entry("full_docs", document, "{\"content\": \"text\", \"file_path\": \"book.txt\"}");
        system.entry(
                "text_chunks",
                chunk,
                "{\"content\": \"text\", \"chunk_order_index\": 0, \"full_doc_id\": \"" + document + "\"}");
        system.entry("llm_response_cache", "default:extract:0", "{\"return\": \"answer\"}");
        system.entry("doc_status__sched", "basename:0", null);
        system.point(
                "lightrag_vdb_chunks_stub_hash_64d", uuid(), Map.of("id", chunk, "full_doc_id", document), dense(1));
        system.point(
                "lightrag_vdb_relationships_stub_hash_64d",
                uuid(),
                Map.of("id", "rel-0", "src_id", "Name 0", "tgt_id", "Name 1"),
                dense(1));
        for (int i = 0; i < 2; i++) {
            String name = "Name " + i;
            Map<String, Object> properties = Map.of("entity_id", name, "entity_type", "person", "source_id", chunk);
            system.nodes.add(new TestSystem.Node(i, null, List.of("base"), properties));
            system.point("lightrag_vdb_entities_stub_hash_64d", uuid(), TestSystem.entityPayload(name), dense(1));
        }
        system.edges.add(new TestSystem.Edge(0, 1, "DIRECTED", Map.of("source_id", chunk)));
        system.collections.keySet().forEach(name -> system.dimensions.put(name, Map.of("", 1)));
        return system;
    }

    private static String uuid() {
        return "ffffffff-0000-4000-8000-000000000000";
    }

    @Test
    void ruleThatAppliesToNoRecordHasNothingToCheck() throws IOException {
        TestSystem system = new TestSystem();
        system.nodes.add(new TestSystem.Node(0, "ALICE", List.of("PERSON"), Map.of()));

        CheckReport report = system.check();

        assertThat(report.result(Id.NODE_NAME_IS_UNIQUE).outcome()).isEqualTo(Outcome.HOLDS);
        assertThat(report.result(Id.TYPED_NODE_HAS_VECTOR).outcome()).isEqualTo(Outcome.BROKEN);
        assertThat(report.count(Outcome.NOTHING_TO_CHECK)).isEqualTo(20);
    }

    @Test
    void ruleThatNeedsAHiddenStoreIsNotChecked() throws IOException {
        TestSystem system = TestSystem.healthy();
        system.hidden.put(Role.VECTOR, "it is opaque");

        CheckReport report = system.check();

        assertThat(report.results())
                .filteredOn(result -> result.outcome() == Outcome.NOT_CHECKED)
                .allSatisfy(result -> assertThat(result.obstacle()).contains("it is opaque"))
                .extracting(result -> result.rule().id())
                .containsExactly(
                        Id.ENTITY_VECTOR_KEY_IS_HASH,
                        Id.ENTITY_VECTOR_HAS_NODE,
                        Id.TYPED_NODE_HAS_VECTOR,
                        Id.UNTYPED_NODE_HAS_VECTOR,
                        Id.CHUNK_VECTOR_HAS_CHUNK,
                        Id.CHUNK_HAS_VECTOR,
                        Id.VECTOR_HAS_DIMENSION);
        assertThat(report.results()).extracting(CheckReport.Result::count).containsOnly(0L);
    }

    @Test
    void writesDuringTheCheckAreReported() throws IOException {
        TestSystem system = TestSystem.healthy();
        system.changed.add(Role.GRAPH);
        system.changed.add(Role.KV);

        assertThat(system.check().warnings())
                .singleElement()
                .asString()
                .startsWith("Something wrote to kv and graph during the check");
    }

    @Test
    void hostileValuesBreakRulesAndNothingElse() throws IOException {
        TestSystem system = TestSystem.healthy();
        String deep = "[".repeat(100_000);
        List<String> values =
                List.of("", "null", "[]", "{", "{\"content\": 1}", "{\"content\": \"x\"} x", deep, "\u0000");
        for (int i = 0; i < values.size(); i++) {
            system.entry("full_docs", "\u001b[31mdoc-" + i, values.get(i));
            system.entry("text_chunks", "chunk-" + i, values.get(i));
            system.entry("community_reports", "r" + i, values.get(i));
            system.entry("llm_response_cache", "c" + i, values.get(i));
        }
        system.node(5, "x".repeat(100_000), "UNKNOWN", "<SEP><SEP>")
                .properties()
                .put("clusters", "]" + deep);
        Map<String, Object> mistyped = Map.of("source_id", 5L, "communityIds", List.of(List.of()));
        system.nodes.add(new TestSystem.Node(6, null, List.of(), mistyped));

        assertThat(system.broken())
                .containsEntry(Id.DOCUMENT_KEY_IS_HASH, 8L)
                .containsEntry(Id.CHUNK_KEY_IS_HASH, 8L)
                .containsEntry(Id.REPORT_TITLE_IS_KEY, 8L)
                .containsEntry(Id.CACHED_ANSWER_IS_COMPLETE, 8L);
        assertThat(system.check(Id.DOCUMENT_KEY_IS_HASH).samples())
                .hasSize(5)
                .allSatisfy(sample -> assertThat(sample).startsWith("?[31mdoc-").doesNotContain("\u001b"));
        assertThat(system.check(Id.UNTYPED_NODE_HAS_VECTOR).samples().get(0)).hasSize(121);
    }

    @Test
    void manyIdsAreDistinguished() throws IOException {
        TestSystem system = new ManyRecords(200_000).system();

        CheckReport report = system.check();

        assertThat(report.result(Id.NODE_CHUNKS_EXIST).count()).isEqualTo(100_000);
        assertThat(report.result(Id.TYPED_NODE_HAS_VECTOR).count()).isEqualTo(200_000);
        assertThat(report.result(Id.NODE_NAME_IS_UNIQUE).count()).isZero();
    }

    /** Nodes whose second chunk exists for the first half of them only. */
    private record ManyRecords(int count) {

        TestSystem system() {
            TestSystem system = new TestSystem();
            for (int i = 0; i < count; i++) {
                system.entry("text_chunks", "chunk-" + i, null);
                Map<String, Object> properties = Map.of("source_id", "chunk-" + i + "<SEP>chunk-" + (i + count / 2));
                system.nodes.add(new TestSystem.Node(i, "N" + i, List.of(), properties));
            }
            return system;
        }
    }

    @Test
    void temporaryFilesAreInTheStateDirectoryAndLeaveNothing(@TempDir Path backups) throws IOException {
        Path state = Files.createDirectory(backups.resolve(".ngbak"));
        TestSystem system = TestSystem.healthy();
        system.settings = Settings.of(Map.of("BACKUP_DIR", backups.toString()));

        system.check();

        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
    }
}
