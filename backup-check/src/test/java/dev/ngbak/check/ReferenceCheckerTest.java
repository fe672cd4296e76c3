package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.CheckReport.Outcome;
import dev.ngbak.engine.CheckRule.Severity;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {

    @TempDir
    Path scratch;

    private final Map<String, Map<String, String>> entries = new TreeMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();
    private final Map<String, List<Point>> collections = new TreeMap<>();
    private final Map<String, Map<String, Integer>> dimensions = new HashMap<>();

    private record Node(long number, String id, List<String> labels, Map<String, Object> properties) {}

    private record Edge(long from, long to, Map<String, Object> properties) {}

    private record Point(String id, Map<String, Object> payload, List<Vector> vectors) {}

    /** A system as the fork keeps it: one document of two chunks, two entities, and two communities. */
    @BeforeEach
    void healthy() {
        entry("full_docs", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3", "{\"content\": \"hello world\"}");
        chunk(chunkKey("hello world"), "hello world", 0);
        chunk(chunkKey("world"), "world", 1);
        entry("llm_response_cache", "0123", "{\"return\": \"42\", \"model\": \"none\"}");
        report("1", "\"ALICE\", \"BOB\"", "\"2\"");
        report("2", "\"ALICE\"", "");
        node(0, "ALICE", "PERSON", chunkKey("hello world") + "<SEP>" + chunkKey("world"));
        node(1, "BOB", "PERSON", chunkKey("world"));
        edge(0, 1, chunkKey("world"));
        entity("ALICE");
        entity("BOB");
        chunkPoint(chunkKey("hello world"));
        chunkPoint(chunkKey("world"));
        dimensions.put("here_entities", Map.of("dense", 2));
        dimensions.put("here_chunks", Map.of("dense", 2));
    }

    private static String chunkKey(String content) {
        return NanoGraphRag.key("chunk-", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3::" + content);
    }

    private void entry(String namespace, String key, String value) {
        entries.computeIfAbsent(namespace, any -> new TreeMap<>()).put(key, value);
    }

    private void chunk(String key, String content, int index) {
        entry(
                "text_chunks",
                key,
                "{\"tokens\": 2, \"content\": \"" + content + "\", \"chunk_order_index\": " + index
                        + ", \"full_doc_id\": \"doc-0\", \"doc_id\": \"doc-5eb63bbbe01eeed093cb22bb8f5acdc3\"}");
    }

    private void report(String key, String nodes, String below) {
        entry(
                "community_reports",
                key,
                "{\"report_json\": {\"rating\": NaN}, \"title\": \"Cluster " + key
                        + "\", \"edges\": [[\"ALICE\", \"BOB\"]], \"nodes\": [" + nodes + "], \"chunk_ids\": [\""
                        + chunkKey("world") + "\"], \"sub_communities\": [" + below + "]}");
    }

    private Node node(long number, String id, String type, String sources) {
        Node node = new Node(
                number,
                id,
                List.of("GraphRAG_chunk_entity_relation", type),
                new HashMap<>(Map.of("entity_type", type, "source_id", sources, "communityIds", List.of(2L, 1L))));
        nodes.add(node);
        return node;
    }

    private void edge(long from, long to, String sources) {
        edges.add(new Edge(from, to, Map.of("source_id", sources, "weight", 1.0)));
    }

    private static String pointId(String key) {
        return Long.toUnsignedString(XxHash64.of(key.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Vector> vectors() {
        return List.of(
                new Vector("dense", new float[] {1, 0}, null),
                new Vector("sparse", new float[] {1, 1}, new int[] {7, -1}),
                new Vector("sparse_name", new float[0], new int[0]));
    }

    private void entity(String name) {
        String key = NanoGraphRag.key("ent-", NanoGraphRag.bare(name));
        point("here_entities", pointId(key), Map.of("id", key, "entity_name", name));
    }

    private void chunkPoint(String key) {
        point("here_chunks", pointId(key), Map.of("id", key, "doc_id", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3"));
    }

    private void point(String collection, String id, Map<String, Object> payload) {
        collections.computeIfAbsent(collection, any -> new ArrayList<>()).add(new Point(id, payload, vectors()));
    }

    private CheckReport check() throws IOException {
        return check(0);
    }

    private CheckReport check(int dimension) throws IOException {
        try (Check check = new Check(scratch, dimension)) {
            showKeyValues(check);
            showGraph(check);
            for (var collection : collections.entrySet()) {
                check.collection(collection.getKey(), dimensions.getOrDefault(collection.getKey(), Map.of()));
                for (Point point : collection.getValue()) {
                    check.point(point.id(), point.payload(), point.vectors());
                }
            }
            return check.report(List.of());
        }
    }

    private void showKeyValues(Check check) throws IOException {
        for (var namespace : entries.entrySet()) {
            for (var entry : namespace.getValue().entrySet()) {
                String value = entry.getValue();
                check.entry(
                        namespace.getKey(),
                        entry.getKey(),
                        value == null ? null : value.getBytes(StandardCharsets.UTF_8),
                        RecordVisitor.NEVER);
            }
        }
    }

    private void showGraph(Check check) throws IOException {
        for (Node node : nodes) {
            check.node(node.number(), node.id(), node.labels(), node.properties());
        }
        for (Edge edge : edges) {
            check.relationship(edge.from(), edge.to(), "RELATED", edge.properties());
        }
    }

    /** The rules that do not hold, and how often. */
    private Map<CheckRule, Long> broken() throws IOException {
        Map<CheckRule, Long> broken = new TreeMap<>();
        for (CheckReport.Result result : check().results()) {
            assertThat(result.unchecked()).isNull();
            if (result.count() > 0) {
                broken.put(result.rule(), result.count());
                assertThat(result.samples()).hasSizeBetween(1, (int) Math.min(5, result.count()));
            }
        }
        return broken;
    }

    private String sample(CheckRule rule) throws IOException {
        return check().results().get(rule.ordinal()).samples().get(0);
    }

    @Test
    void aHealthySystemOfTheForkBreaksNoRule() throws IOException {
        assertThat(broken()).isEmpty();
        assertThat(check().seen())
                .isEqualTo(Map.of(
                        "documents",
                        1L,
                        "chunks",
                        2L,
                        "community_reports",
                        2L,
                        "nodes",
                        2L,
                        "relationships",
                        1L,
                        "entity_vectors",
                        2L,
                        "chunk_vectors",
                        2L));
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
    }

    /** As LightRAG 1.5.7 wrote it: names are in a property, ids of documents and chunks are made of file and number. */
    @Test
    void aHealthySystemOfLightRagBreaksNoRule() throws IOException {
        String document = NanoGraphRag.key("doc-", "book.txt");
        String chunk = document + "-chunk-000";
        try (Check check = new Check(scratch, 0)) {
            lightRagKeys(check, document, chunk);
            for (int i = 0; i < 2; i++) {
                check.node(
                        i,
                        null,
                        List.of("base"),
                        Map.of("entity_id", "Name " + i, "entity_type", "person", "source_id", chunk));
            }
            check.relationship(0, 1, "DIRECTED", Map.of("source_id", chunk));
            check.collection("lightrag_vdb_entities_stub_hash_64d", Map.of("", 2));
            for (int i = 0; i < 2; i++) {
                lightRagPoint(check, Map.of("id", NanoGraphRag.key("ent-", "Name " + i), "entity_name", "Name " + i));
            }
            check.collection("lightrag_vdb_relationships_stub_hash_64d", Map.of("", 2));
            lightRagPoint(check, Map.of("id", "rel-0", "src_id", "Name 0", "tgt_id", "Name 1"));
            check.collection("lightrag_vdb_chunks_stub_hash_64d", Map.of("", 2));
            lightRagPoint(check, Map.of("id", chunk, "full_doc_id", document));
            CheckReport report = check.report(List.of());

            assertThat(report.warnings()).isEmpty();
            assertThat(report.results())
                    .filteredOn(result -> result.outcome() != Outcome.NOTHING_TO_CHECK)
                    .allSatisfy(result -> {
                        assertThat(result.outcome()).as(result.rule().name()).isEqualTo(Outcome.HOLDS);
                        assertThat(result.looked()).isPositive();
                    });
            assertThat(report.results())
                    .filteredOn(result -> result.outcome() == Outcome.NOTHING_TO_CHECK)
                    .extracting(CheckReport.Result::rule)
                    .containsExactly(
                            CheckRule.R13, CheckRule.R17, CheckRule.R18, CheckRule.R19, CheckRule.R20, CheckRule.R21);
        }
    }

    private static void lightRagKeys(Check check, String document, String chunk) throws IOException {
        Map<String, String> entries = Map.of(
                "full_docs/" + document,
                "{\"content\": \"text\", \"file_path\": \"book.txt\"}",
                "text_chunks/" + chunk,
                "{\"content\": \"text\", \"chunk_order_index\": 0, \"full_doc_id\": \"" + document + "\"}",
                "llm_response_cache/default:extract:0",
                "{\"return\": \"answer\"}");
        for (var entry : entries.entrySet()) {
            String[] name = entry.getKey().split("/");
            check.entry(name[0], name[1], entry.getValue().getBytes(StandardCharsets.UTF_8), RecordVisitor.NEVER);
        }
        for (int i = 0; i < 6; i++) {
            check.composite("doc_status__sched", "basename:" + i, "set", RecordVisitor.NEVER);
        }
    }

    private static void lightRagPoint(Check check, Map<String, Object> payload) throws IOException {
        check.point("ffffffff-0000-4000-8000-000000000000", payload, List.of(new Vector("", new float[] {1, 0}, null)));
    }

    @Test
    void aCollectionIsKnownByItsName() {
        for (String name :
                List.of("entities", "api_entities", "lightrag_vdb_entities", "lightrag_vdb_entities_m_64d")) {
            assertThat(NanoGraphRag.isCollection(name, "entities")).as(name).isTrue();
            assertThat(NanoGraphRag.isCollection(name, "chunks")).as(name).isFalse();
        }
        for (String name : List.of("entities_old", "identities", "lightrag_vdb_relationships_m_64d", "entities_64d")) {
            assertThat(NanoGraphRag.isCollection(name, "entities")).as(name).isFalse();
        }
    }

    @Test
    void aRuleAboutNoRecordSaysSo() throws IOException {
        try (Check check = new Check(scratch, 0)) {
            check.node(0, "ALICE", List.of("PERSON"), Map.of());
            CheckReport report = check.report(List.of());
            for (CheckReport.Result result : report.results()) {
                Outcome expected =
                        switch (result.rule()) {
                            case R9 -> Outcome.HOLDS;
                            case R12 -> Outcome.BROKEN;
                            default -> Outcome.NOTHING_TO_CHECK;
                        };
                assertThat(result.outcome()).as(result.rule().name()).isEqualTo(expected);
            }
            assertThat(report.count(Outcome.NOTHING_TO_CHECK)).isEqualTo(20);
        }
    }

    @Test
    void valuesThatAreNotLookedIntoAreToldByTheirCause() throws IOException {
        try (Check check = new Check(scratch, 0)) {
            check.entry("full_docs", "doc-1", null, RecordVisitor.NEVER);
            check.composite("text_chunks", "chunk-1", "set", RecordVisitor.NEVER);
            check.composite("text_chunks", "chunk-2", "set", RecordVisitor.NEVER);
            check.composite("full_docs", "doc-2", "hash", RecordVisitor.NEVER);
            check.entry("of_no_rule", "1", null, RecordVisitor.NEVER);
            assertThat(check.report(List.of()).warnings())
                    .containsExactly(
                            "1 value was not looked into, since longer than 16.0 MiB; keys are checked all the same.",
                            "1 value was not looked into, since of the type hash and not a text; keys are checked all"
                                    + " the same.",
                            "2 values were not looked into, since of the type set and not a text; keys are checked all"
                                    + " the same.");
        }
    }

    @Test
    void aHealthySystemOfUpstreamBreaksNoRule() throws IOException {
        entries.clear();
        nodes.clear();
        edges.clear();
        collections.clear();
        String chunk = NanoGraphRag.key("chunk-", "hello world");
        entry("full_docs", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3", "{\"content\": \"hello world\"}");
        entry(
                "text_chunks",
                chunk,
                "{\"content\": \"hello world\", \"chunk_order_index\": 0,"
                        + " \"full_doc_id\": \"doc-5eb63bbbe01eeed093cb22bb8f5acdc3\"}");
        entry("community_reports", "0", "{\"title\": \"Cluster 0\", \"nodes\": [\"\\\"ALICE\\\"\"]}");
        entry("community_reports", "1", "{\"title\": \"Cluster 1\"}");
        Map<String, Object> properties = Map.of(
                "entity_type",
                "\"PERSON\"",
                "source_id",
                chunk,
                "clusters",
                "[{\"level\": 0, \"cluster\": 0}, {\"cluster\": \"1\"}]");
        nodes.add(new Node(7, "\"ALICE\"", List.of(), properties));
        collections.put(
                "entities",
                List.of(new Point(
                        null,
                        Map.of("id", NanoGraphRag.key("ent-", "\"ALICE\""), "entity_name", "\"ALICE\""),
                        List.of(new Vector("", new float[] {1, 0}, null)))));
        dimensions.put("entities", Map.of("", 2));

        assertThat(broken()).isEmpty();
    }

    @Test
    void r1TheKeyOfADocumentIsItsHash() throws IOException {
        entry("full_docs", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3", "{\"content\": \" hello world\\n\"}");
        assertThat(broken()).isEmpty();

        entry("full_docs", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3", "{\"content\": \"another text\"}");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R1, 1L));
    }

    @Test
    void r2TheDocumentOfAChunkIsThere() throws IOException {
        entries.get("full_docs").clear();

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R2, 2L));
        assertThat(sample(CheckRule.R2)).isEqualTo("doc-5eb63bbbe01eeed093cb22bb8f5acdc3 (2 chunks)");
    }

    @Test
    void r2AChunkWithTheCounterAloneNamesNoDocument() throws IOException {
        entries.remove("full_docs");
        collections.remove("here_chunks");
        entries.get("text_chunks").replaceAll((key, value) -> value.replace("\"doc_id\"", "\"document\""));

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R3, 2L));
    }

    @Test
    void r3TheKeyOfAChunkIsItsHash() throws IOException {
        chunk(chunkKey("world"), "other words", 1);

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R3, 1L));
    }

    @Test
    void r4TheChunksOfADocumentAreNumbered() throws IOException {
        for (int index : new int[] {0, 2, -1, Integer.MAX_VALUE}) {
            chunk(chunkKey("world"), "world", index);
            assertThat(broken()).isEqualTo(Map.of(CheckRule.R4, 1L));
        }
    }

    @Test
    void r5ADocumentHasChunks() throws IOException {
        entry("full_docs", NanoGraphRag.key("doc-", "lost"), "{\"content\": \"lost\"}");

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R5, 1L));
    }

    @Test
    void r6TheChunksOfANodeAreThere() throws IOException {
        nodes.get(0).properties().put("source_id", "chunk-1<SEP>" + chunkKey("world") + "<SEP>chunk-2<SEP>");

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R6, 2L));
        assertThat(sample(CheckRule.R6)).isEqualTo("ALICE comes from chunk-1");
        assertThat(check().broken(Severity.ERROR)).isOne();
    }

    @Test
    void r7TheChunksOfARelationshipAreThere() throws IOException {
        edge(1, 0, "chunk-1");

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R7, 1L));
        assertThat(sample(CheckRule.R7)).isEqualTo("BOB -> ALICE comes from chunk-1");
    }

    @Test
    void r8BothEndsOfARelationshipAreThere() throws IOException {
        edge(0, 77, chunkKey("world"));

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R8, 1L));
        assertThat(sample(CheckRule.R8)).isEqualTo("a relationship of ALICE");
    }

    @Test
    void r8ANodeMayComeBehindItsRelationships() throws IOException {
        try (Check check = new Check(scratch, 0)) {
            check.relationship(7, 8, "", Map.of());
            check.relationship(7, 9, "TAGGED", Map.of());
            check.node(7, "A", List.of(), Map.of());
            check.node(8, "B", List.of(), Map.of());

            assertThat(check.report(List.of())
                            .results()
                            .get(CheckRule.R8.ordinal())
                            .count())
                    .isZero();
        }
    }

    @Test
    void r9NodesHaveIdsOfTheirOwn() throws IOException {
        node(2, "ALICE", "UNKNOWN", chunkKey("world"));

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R9, 1L));
        assertThat(sample(CheckRule.R9)).isEqualTo("ALICE (2 nodes)");
    }

    @Test
    void r10TheKeyOfAnEntityIsItsHashAndThePointsIdTheKeys() throws IOException {
        String alice = NanoGraphRag.key("ent-", "ALICE");
        collections.get("here_entities").remove(0);
        point("here_entities", pointId("another"), Map.of("id", alice, "entity_name", "ALICE"));
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R10, 1L));

        collections.get("here_entities").remove(1);
        point(
                "here_entities",
                pointId(NanoGraphRag.key("ent-", "X")),
                Map.of("id", NanoGraphRag.key("ent-", "X"), "entity_name", "ALICE"));
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R10, 1L));

        collections.get("here_entities").remove(1);
        point("here_entities", "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", Map.of("id", alice, "entity_name", "ALICE"));
        assertThat(broken()).isEmpty();

        point("here_entities", "1", Map.of());
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R10, 1L));
    }

    @Test
    void r11AnEntityWithAVectorHasANode() throws IOException {
        entity("CAROL");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R11, 1L));

        node(2, "\"CAROL\"", "PERSON", chunkKey("world"));
        assertThat(broken()).isEmpty();
    }

    @Test
    void r12AndR13ANodeHasAVector() throws IOException {
        node(2, "CAROL", "PERSON", chunkKey("world"));
        node(3, "DAVE", "UNKNOWN", chunkKey("world"));

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R12, 1L, CheckRule.R13, 1L));
        assertThat(sample(CheckRule.R12)).isEqualTo("CAROL");
    }

    @Test
    void r14TheVectorOfAChunkIsOfAChunkThatIsThere() throws IOException {
        chunkPoint("chunk-1");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R14, 1L));

        collections.get("here_chunks").remove(2);
        collections.get("here_chunks").remove(1);
        String key = chunkKey("world");
        point("here_chunks", pointId(key), Map.of("id", key, "doc_id", "doc-another"));
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R14, 1L));

        collections.get("here_chunks").remove(1);
        point("here_chunks", "1", Map.of("id", key));
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R14, 1L));
    }

    @Test
    void r15AChunkHasAVectorWhereThereAreAny() throws IOException {
        collections.get("here_chunks").remove(1);
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R15, 1L));

        collections.remove("here_chunks");
        assertThat(broken()).isEmpty();
    }

    @Test
    void r16VectorsHaveTheirSizeAndOrder() throws IOException {
        String alice = NanoGraphRag.key("ent-", "ALICE");
        Map<String, Object> payload = Map.of("id", alice, "entity_name", "ALICE");
        Vector fine = new Vector("dense", new float[] {1, 0}, null);
        for (List<Vector> wrong : List.of(
                List.<Vector>of(),
                List.of(new Vector("dense", new float[3], null)),
                List.of(new Vector("dense", new float[0], null)),
                List.of(fine, new Vector("sparse", new float[2], new int[] {7, 7})),
                List.of(fine, new Vector("sparse", new float[2], new int[] {-1, 7})),
                List.of(fine, new Vector("sparse", new float[1], new int[] {1, 7})))) {
            collections.get("here_entities").set(0, new Point(pointId(alice), payload, wrong));
            assertThat(broken()).isEqualTo(Map.of(CheckRule.R16, 1L));
        }
    }

    @Test
    void r16VectorsHaveTheSizeThatIsConfigured() throws IOException {
        assertThat(check(2).broken(Severity.ERROR)).isZero();
        assertThat(check(1536).results().get(CheckRule.R16.ordinal()).count()).isEqualTo(2);
    }

    @Test
    void r17AndR18AndR19CommunitiesAndReportsBelongTogether() throws IOException {
        entries.get("community_reports").remove("2");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R17, 1L, CheckRule.R19, 1L));
        assertThat(sample(CheckRule.R19)).isEqualTo("the community 2 (report 1)");

        entries.remove("community_reports");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R17, 2L));

        report("1", "", "");
        report("2", "", "");
        report("3", "\"GONE\"", "");
        assertThat(broken()).isEqualTo(Map.of(CheckRule.R18, 1L, CheckRule.R19, 1L));
        assertThat(sample(CheckRule.R19)).isEqualTo("the node GONE (report 3)");
    }

    @Test
    void r20TheTitleOfAReportIsItsKey() throws IOException {
        entries.get("community_reports").computeIfPresent("1", (key, value) -> value.replace("Cluster 1", "Cluster 2"));

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R20, 1L));
    }

    @Test
    void r21AllNodesHaveTheSameLevels() throws IOException {
        node(2, "CAROL", "UNKNOWN", "").properties().put("communityIds", List.of(1L));
        entity("CAROL");

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R21, 1L));
        assertThat(sample(CheckRule.R21)).isEqualTo("CAROL has 1 levels, most have 2");
    }

    @Test
    void r22ACachedAnswerHasAReturn() throws IOException {
        entry("llm_response_cache", "4567", "{\"answer\": 1}");

        assertThat(broken()).isEqualTo(Map.of(CheckRule.R22, 1L));
    }

    @Test
    void hostileValuesAreBrokenRulesAndNothingWorse() throws IOException {
        String deep = "[".repeat(100_000);
        List<String> values =
                List.of("", "null", "[]", "{", "{\"content\": 1}", "{\"content\": \"x\"} x", deep, "\u0000");
        for (int i = 0; i < values.size(); i++) {
            entry("full_docs", "\u001b[31mdoc-" + i, values.get(i));
            entry("text_chunks", "chunk-" + i, values.get(i));
            entry("community_reports", "r" + i, values.get(i));
            entry("llm_response_cache", "c" + i, values.get(i));
        }
        node(5, "x".repeat(100_000), "UNKNOWN", "<SEP><SEP>").properties().put("clusters", "]" + deep);
        nodes.add(new Node(6, null, List.of(), Map.of("source_id", 5L, "communityIds", List.of(List.of()))));

        Map<CheckRule, Long> broken = broken();
        assertThat(broken)
                .containsEntry(CheckRule.R1, 8L)
                .containsEntry(CheckRule.R3, 8L)
                .containsEntry(CheckRule.R20, 8L)
                .containsEntry(CheckRule.R22, 8L);
        assertThat(sample(CheckRule.R1)).startsWith("?[31mdoc-0").doesNotContain("\u001b");
        assertThat(sample(CheckRule.R13)).hasSize(101);
    }

    @Test
    void whatIsNotShownIsNotCalledBroken() throws IOException {
        entry("full_docs", "doc-5eb63bbbe01eeed093cb22bb8f5acdc3", null);
        entry("text_chunks", chunkKey("world"), null);

        assertThat(check().broken(Severity.ERROR)).isZero();
        assertThat(check().results().get(CheckRule.R1.ordinal()).count()).isZero();
        assertThat(check().warnings()).singleElement().asString().startsWith("2 values were not looked into");
    }

    @Test
    void rulesOfAStoreThatIsLeftOutAreNotChecked() throws IOException {
        try (Check check = new Check(scratch, 0)) {
            showKeyValues(check);
            showGraph(check);
            check.leaveOut(Role.VECTOR, "it is opaque");
            CheckReport report = check.report(List.of());

            assertThat(report.unchecked()).isEqualTo(7);
            assertThat(report.results())
                    .filteredOn(result -> result.unchecked() != null)
                    .allSatisfy(result -> assertThat(result.unchecked()).isEqualTo("it is opaque"))
                    .extracting(CheckReport.Result::rule)
                    .containsExactly(
                            CheckRule.R10,
                            CheckRule.R11,
                            CheckRule.R12,
                            CheckRule.R13,
                            CheckRule.R14,
                            CheckRule.R15,
                            CheckRule.R16);
            assertThat(report.results()).extracting(CheckReport.Result::count).containsOnly(0L);
        }
    }

    @Test
    void manyIdsAreKeptApart() throws IOException {
        try (Check check = new Check(scratch, 0)) {
            for (int i = 0; i < 200_000; i++) {
                check.entry("text_chunks", "chunk-" + i, null, RecordVisitor.NEVER);
            }
            for (int i = 0; i < 200_000; i++) {
                check.node(i, "N" + i, List.of(), Map.of("source_id", "chunk-" + i + "<SEP>chunk-" + (i + 100_000)));
            }
            CheckReport report = check.report(List.of());

            assertThat(report.results().get(CheckRule.R6.ordinal()).count()).isEqualTo(100_000);
            assertThat(report.results().get(CheckRule.R12.ordinal()).count()).isEqualTo(200_000);
            assertThat(report.results().get(CheckRule.R9.ordinal()).count()).isZero();
        }
    }
}
