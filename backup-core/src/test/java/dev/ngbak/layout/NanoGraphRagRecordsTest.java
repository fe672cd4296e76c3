package dev.ngbak.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.RecordInterpreter.Chunk;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.layout.RecordInterpreter.Node;
import dev.ngbak.layout.RecordInterpreter.PointKind;
import dev.ngbak.layout.RecordInterpreter.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NanoGraphRagRecordsTest {

    private final NanoGraphRagRecords records = new NanoGraphRagRecords();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"entities", "api_entities", "lightrag_vdb_entities", "lightrag_vdb_entities_m_64d"})
    void collectionOfEntitiesIsRecognised(String collection) {
        assertThat(records.pointKind(collection)).contains(PointKind.ENTITY);
        assertThat(records.pointKind(collection.replace("entities", "chunks"))).contains(PointKind.CHUNK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"entities_old", "identities", "lightrag_vdb_relationships_m_64d", "entities_64d", ""})
    void otherCollectionHasNoKind(String collection) {
        assertThat(records.pointKind(collection)).isEmpty();
    }

    @Test
    void namespacesHaveKinds() {
        assertThat(records.entryKind("full_docs")).contains(EntryKind.DOCUMENT);
        assertThat(records.entryKind("doc_status")).isEmpty();
    }

    @Test
    void chunkNamesItsDocumentAndNotTheCounter() throws IOException {
        Chunk chunk = records.chunk("x", bytes("{\"full_doc_id\": \"doc-0\", \"doc_id\": \"doc-a\"}"));
        assertThat(chunk.document()).contains("doc-a");
        assertThat(records.chunk("x", bytes("{\"full_doc_id\": \"doc-0\"}")).document())
                .isEmpty();
        assertThat(records.chunk("x", bytes("{\"full_doc_id\": \"doc-a\"}")).document())
                .contains("doc-a");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "12, 12", "1.5, -1", "4294967296, -1", "'\"1\"', -1"})
    void chunkIndexIsAnInteger(String json, long index) throws IOException {
        assertThat(records.chunk("x", bytes("{\"chunk_order_index\": " + json + "}"))
                        .index())
                .isEqualTo(index);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{", "{\"content\": \"x\"} x", "{\"content\": [[[[", "\u0000"})
    void malformedValueHasMissingParts(String value) throws IOException {
        assertThat(records.document("doc-1", bytes(value)).hasContent()).isFalse();
        assertThat(records.chunk("chunk-1", bytes(value)))
                .isEqualTo(new Chunk(Optional.empty(), Optional.empty(), -1, false));
        assertThat(records.isAnswer(bytes(value))).isFalse();
    }

    @Test
    void reportRefersToNodesChunksAndReports() throws IOException {
        List<String> references = new ArrayList<>();
        RecordInterpreter.ReportReferences collector = new RecordInterpreter.ReportReferences() {
            @Override
            public void node(String name) {
                references.add("node " + name);
            }

            @Override
            public void chunk(String key) {
                references.add("chunk " + key);
            }

            @Override
            public void report(String key) {
                references.add("report " + key);
            }
        };

        Report report = records.report(
                "7",
                bytes("{\"title\": \"Cluster 7\", \"nodes\": [\"A\", 1, {\"B\": \"C\"}], \"edges\": [[\"A\", \"D\"]],"
                        + " \"chunk_ids\": [\"c\"], \"sub_communities\": [\"8\"]}"),
                collector);

        assertThat(report).isEqualTo(new Report(Optional.of("Cluster 7"), true));
        assertThat(references).containsExactly("node A", "node A", "node D", "chunk c", "report 8");
    }

    @Test
    void nodeOfTheForkHasCommunitiesOnLevels() {
        Node node = records.node(
                "ALICE",
                List.of("PERSON"),
                Map.of("source_id", "a<SEP>b<SEP>", "communityIds", List.of(3L, 1L), "entity_type", "\"unknown\""));

        assertThat(node)
                .isEqualTo(
                        new Node(Optional.of("ALICE"), false, List.of("a", "b"), List.of("3", "1"), OptionalInt.of(2)));
    }

    @Test
    void nodeOfAGraphFileHasClusters() {
        Node node = records.node(
                "A", List.of(), Map.of("clusters", "[{\"level\": 0, \"cluster\": 5}, {\"cluster\": \"6\"}]"));

        assertThat(node.communities()).containsExactly("5", "6");
        assertThat(node.levels()).isEmpty();
        assertThat(node.typed()).isTrue();
    }

    @Test
    void nodeOfLightRagIsNamedByAProperty() {
        assertThat(records.node(null, List.of("base"), Map.of("entity_id", "A")).name())
                .contains("A");
        assertThat(records.node(null, List.of(), Map.of()).name()).isEmpty();
    }

    @Test
    void nodeNamesIncludeTheFormsWithAndWithoutQuotes() {
        assertThat(records.nodeNames("\"A\"")).containsExactly("\"A\"", "\"\"A\"\"", "A");
    }
}
