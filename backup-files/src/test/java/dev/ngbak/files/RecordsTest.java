package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.sun.management.ThreadMXBean;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.RecordDigester;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests what the three decoders count, digest and reject. */
final class RecordsTest {

    private static final long LARGE = 300L << 20;

    private static StoreSummary read(FileKind kind, String name, InputStream in) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        kind.announceCounts(records);
        kind.read(in, name, Settings.of(Map.of()), records);
        return records.summary();
    }

    private static StoreSummary read(FileKind kind, String name, String content) throws IOException {
        return read(kind, name, new ByteArrayInputStream(content.getBytes(UTF_8)));
    }

    private static StoreSummary kv(String content) throws IOException {
        return read(FileKind.JSON, "full_docs", content);
    }

    private static StoreSummary vectors(String content) throws IOException {
        return read(FileKind.NANO, "entities", content);
    }

    private static StoreSummary graph(String content) throws IOException {
        return read(FileKind.NETWORKX, "g", content);
    }

    private static String graphOf(String inside) {
        return "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
                + "<key id=\"c\" for=\"node\" attr.name=\"clusters\" attr.type=\"string\"/>"
                + "<key id=\"d\" for=\"node\" attr.name=\"description\" attr.type=\"string\"/>"
                + "<graph edgedefault=\"undirected\">" + inside + "</graph></graphml>";
    }

    private static String graphWithKeys(int keys, String id, String name) {
        StringBuilder xml = new StringBuilder("<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">");
        for (int i = 0; i < keys; i++) {
            xml.append("<key id=\"" + id + i + "\" for=\"node\" attr.name=\"" + name + i + "\" attr.type=\"string\"/>");
        }
        return xml + "<graph edgedefault=\"undirected\"/></graphml>";
    }

    /** Keys are held in memory while the file is read. */
    @Test
    void tooManyOrTooLongKeysAreRejected() throws IOException {
        assertThat(graph(graphWithKeys(500, "i".repeat(990), "n".repeat(990))).records())
                .isZero();
        String why = "the id or the name of a key is longer than";
        for (String tooMuch : List.of(
                graphWithKeys(1, "i".repeat(1000), "n"),
                graphWithKeys(1, "i", "n".repeat(1000)),
                graphWithKeys(600, "i".repeat(990), "n".repeat(990)))) {
            assertThatThrownBy(() -> graph(tooMuch))
                    .isInstanceOf(MalformedContentException.class)
                    .hasMessageContaining(why);
        }
    }

    // The digests of these three examples are those in docs/FORMAT.md. They were computed with Python.

    @Test
    void digestOfKeyValueExampleMatchesTheSpecification() throws IOException {
        StoreSummary summary = kv("""
                {
                  "doc-1": {
                    "content": "caf\\u00e9 \\" x",
                    "n": 1.50
                  },
                  "doc-2": NaN
                }""");
        assertThat(summary.records()).isEqualTo(2);
        assertThat(summary.counts().counts()).containsExactly(entry("full_docs", 2L));
        assertThat(summary.contentDigest())
                .isEqualTo("99236e221a92f0bd53ab0bdd5485a8c0e436b635d626fce76086bb00cb1a2a35");
    }

    @Test
    void digestOfVectorExampleMatchesTheSpecification() throws IOException {
        StoreSummary summary = vectors("""
                {"embedding_dim": 2, "data": [{"__id__": "ent-1", "entity_name": "\\"A\\""}, {"__id__": "ent-2"}], "matrix": "AACAPwAAAACamRk/zcxMvw=="}""");
        assertThat(summary.records()).isEqualTo(2);
        assertThat(summary.counts().counts()).containsExactly(entry("entities", 2L));
        assertThat(summary.contentDigest())
                .isEqualTo("7ef628ef1a7e27140d5b2ceae75af4b67c9c62bf0d9526f505ff19f0e2bbce98");
    }

    @Test
    void digestOfGraphExampleMatchesTheSpecification() throws IOException {
        StoreSummary summary = graph("""
                <?xml version='1.0' encoding='utf-8'?>
                <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
                  <key id="d1" for="edge" attr.name="weight" attr.type="double" />
                  <key id="d0" for="node" attr.name="clusters" attr.type="string"><default>[]</default></key>
                  <graph edgedefault="undirected">
                    <node id="&quot;A&quot;"><data key="d0">[{"level": 0, "cluster": "3"}]</data></node>
                    <node id="B" />
                    <edge source="&quot;A&quot;" target="B"><data key="d1">1.5</data></edge>
                  </graph>
                </graphml>""");
        assertThat(summary.records()).isEqualTo(3);
        assertThat(summary.counts().counts())
                .containsExactly(entry("entities", 2L), entry("relationships", 1L), entry("communities", 1L));
        assertThat(summary.contentDigest())
                .isEqualTo("33bcec433f06b710fdf7a5dc94ff83e6a772ace29fa4aa56c963a6a59a62c3be");
    }

    @Test
    void readsEmptyStores() throws IOException {
        assertThat(kv("{}").records()).isZero();
        assertThat(kv("{}").contentDigest()).isEqualTo("0".repeat(64));
        assertThat(vectors("{\"embedding_dim\": 1536, \"data\": [], \"matrix\": \"\"}")
                        .records())
                .isZero();
        assertThat(graph(graphOf("")).records()).isZero();
    }

    @Test
    void digestIgnoresWhiteSpaceAndDependsOnSpelling() throws IOException {
        String digest = kv("{\"a\": [1, 2]}").contentDigest();
        assertThat(kv("{\r\n\t\"a\" :[1,2] }\r\n").contentDigest()).isEqualTo(digest);
        assertThat(kv("{\"a\": [1, 2.0]}").contentDigest()).isNotEqualTo(digest);
        assertThat(kv("{\"\\u0061\": [1, 2]}").contentDigest()).isNotEqualTo(digest);
    }

    @Test
    void repeatedMembersCountTwice() throws IOException {
        assertThat(kv("{\"a\": 1, \"a\": 1}").records()).isEqualTo(2);
        assertThat(kv("{\"a\": 1, \"a\": 2}").contentDigest())
                .isEqualTo(kv("{\"a\": 2, \"a\": 1}").contentDigest());
    }

    @Test
    void digestIgnoresOrderOfMembersAndDependsOnOrderOfVectors() throws IOException {
        assertThat(kv("{\"a\": 1, \"b\": 2}").contentDigest())
                .isEqualTo(kv("{\"b\": 2, \"a\": 1}").contentDigest());
        String start = "{\"embedding_dim\": 1, \"data\": [{\"n\": 1}, {\"n\": 2}], \"matrix\": \"";
        assertThat(vectors(start + "AAAAAAEAAAA=\"}").contentDigest())
                .isNotEqualTo(vectors(start + "AQAAAAAAAAA=\"}").contentDigest());
    }

    @Test
    void rejectsKeyValueFileThatIsNotAnObject() {
        assertRejected(() -> kv("[]"), "is not valid JSON at byte 0: expected an object");
        assertRejected(() -> kv(""), "is not valid JSON at byte 0: the text ends too early");
        assertRejected(() -> kv("{} {}"), "unexpected text after the value");
        assertRejected(() -> kv("{\"a\": {\"b\": \"cut"), "at byte 16: the text ends too early");
    }

    @Test
    void digestDependsOnAdditionalMembersOfVectorFile() throws IOException {
        String start = "{\"embedding_dim\": 1, \"data\": [], \"matrix\": \"\", \"additional_data\": ";
        assertThat(vectors(start + "{\"a\": 1}}").contentDigest())
                .isNotEqualTo(vectors(start + "{\"a\": 2}}").contentDigest());
    }

    @Test
    void rejectsWhatNanoVectorDbDoesNotWrite() {
        String row = "{\"embedding_dim\": 1, \"data\": [{}], \"matrix\": ";
        assertRejected(() -> vectors("{}"), "it has no \"embedding_dim\"");
        assertRejected(() -> vectors("{\"embedding_dim\": 1, \"matrix\": \"\"}"), "it has no \"data\"");
        assertRejected(() -> vectors("{\"embedding_dim\": 1, \"data\": []}"), "it has no \"matrix\"");
        assertRejected(() -> vectors("{\"matrix\": \"\"}"), "its \"matrix\" stands before its \"embedding_dim\"");
        assertRejected(() -> vectors("{\"embedding_dim\": 0}"), "is not a number from 1 to 99999999");
        assertRejected(() -> vectors("{\"embedding_dim\": 1.0}"), "is not a number from 1 to 99999999");
        assertRejected(() -> vectors("{\"embedding_dim\": " + "1".repeat(99) + "}"), "is not a number");
        assertRejected(() -> vectors("{\"embedding_dim\": 1, \"embedding_dim\": 1}"), "\"embedding_dim\" twice");
        assertRejected(() -> vectors("{\"data\": [], \"data\": []}"), "\"data\" twice");
        assertRejected(() -> vectors(row + "\"AAAAAA==\", \"matrix\": \"\"}"), "\"matrix\" twice");
        assertRejected(() -> vectors("{\"data\": [1]}"), "expected an object as a row of \"data\"");
        assertRejected(() -> vectors("{\"d\\u0061ta\": []}"), "an escape in its name");
        assertRejected(() -> vectors(row + "\"\"}"), "it has 1 rows of data, but 0 vectors");
        assertRejected(() -> vectors(row + "\"AAAAAAAAAAA=\"}"), "it has 1 rows of data, but 2 vectors");
        assertRejected(() -> vectors(row + "\"AAAA\"}"), "ends in the middle of a vector");
        assertRejected(() -> vectors(row + "\"AAAAAA\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAAAAA=\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAAAAB==\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAAAAA===\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAAA=AAA\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAA-AA==\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "\"AAAA\\nAA==\"}"), "contains invalid Base64 before byte");
        assertRejected(() -> vectors(row + "[]}"), "expected a string");
    }

    @Test
    void countsCommunitiesOfTheFinalLevel() throws IOException {
        String nodes =
                "<node id=\"1\"><data key=\"c\">[{\"level\":0,\"cluster\":\"9\"},{\"level\":1,\"cluster\":\"3\"}]</data></node>"
                        + "<node id=\"2\"><data key=\"c\">[{\"level\":0,\"cluster\":8},{\"level\":1,\"cluster\":3}]</data></node>"
                        + "<node id=\"3\"><data key=\"c\">[{\"level\":0,\"cluster\":\"4\"}]</data></node>"
                        + "<node id=\"4\"><data key=\"c\">[]</data></node>"
                        + "<node id=\"5\"><data key=\"c\">not a list</data></node>"
                        + "<node id=\"6\"><data key=\"c\"/><data key=\"d\">[{\"cluster\":\"7\"}]</data></node>"
                        + "<node id=\"7\"/>";
        assertThat(graph(graphOf(nodes)).counts().counts())
                .containsEntry("entities", 7L)
                .containsEntry("communities", 2L);
    }

    @Test
    void warnsIfCommunitiesAreTooManyToCount() {
        Communities communities = new Communities("cluster");
        for (int i = 0; i <= 200_000; i++) {
            assertThat(communities.warning("g")).isEmpty();
            char[] clusters = ("[{\"cluster\":" + i + "}]").toCharArray();
            communities.beginNode();
            communities.addText(clusters, 0, clusters.length);
            communities.endNode();
        }
        assertThat(communities.distinct()).isEqualTo(200_000);
        assertThat(communities.warning("g"))
                .hasValueSatisfying(warning ->
                        assertThat(warning).contains("more than 200000 communities", "All of them are kept"));
    }

    @Test
    void rejectsKeyLongerThanTheLimit() {
        Endless name = new Endless("{\"", 'n', KeyValueRecords.MAX_NAME_BYTES + 1L, "\": 1}");
        assertRejected(() -> read(FileKind.JSON, "x", name), "a member's name has more than 16777216 bytes");
    }

    @Test
    void digestOfGraphDependsOnDeclarations() throws IOException {
        String digest = graph(graphOf("")).contentDigest();
        assertThat(graph(graphOf("").replace("undirected", "directed")).contentDigest())
                .isNotEqualTo(digest);
        assertThat(graph(graphOf("").replace("attr.type=\"string\"", "attr.type=\"long\""))
                        .contentDigest())
                .isNotEqualTo(digest);
    }

    @Test
    void passesOverWhatGraphMlAllowsBesides() throws IOException {
        String digest = graph(graphOf("<node id=\"1\"/>")).contentDigest();
        assertThat(graph(
                                graphOf(
                                        "<!-- a --><desc>b</desc><?c d?><y:node xmlns:y=\"y\" id=\"2\"/><node id=\"1\"><port/></node>"))
                        .contentDigest())
                .isEqualTo(digest);
    }

    @Test
    void digestIgnoresSpellingOfXmlText() throws IOException {
        String plain = graph(graphOf("<node id=\"1\"><data key=\"d\">a&lt;\ud83d\ude00\n</data></node>"))
                .contentDigest();
        assertThat(graph(graphOf("<node id=\"1\"><data key=\"d\"><![CDATA[a<]]>&#x1f600;\r\n</data></node>"))
                        .contentDigest())
                .isEqualTo(plain);
    }

    @Test
    void byteOrderMarkBeforeXmlIsIgnored() throws IOException {
        assertThat(graph("\ufeff<?xml version='1.0'?>" + graphOf("")).contentDigest())
                .isEqualTo(graph(graphOf("")).contentDigest());
    }

    @Test
    void rejectsDocumentTypeDeclarationInAnyForm(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "SECRET");
        StringBuilder laughs = new StringBuilder("<!DOCTYPE graphml [<!ENTITY l0 \"ha\">");
        for (int i = 1; i < 30; i++) {
            laughs.append("<!ENTITY l" + i + " \"" + ("&l" + (i - 1) + ";").repeat(10) + "\">");
        }
        String dtd = "it has a document type declaration (<!DOCTYPE>)";
        assertRejected(() -> graph(laughs + "]>" + graphOf("<node id=\"&l29;\"/>")), dtd);
        assertRejected(() -> graph(laughs + "]><graphml>&l29;</graphml>"), dtd);
        assertRejected(
                () -> graph("<!DOCTYPE graphml [<!ENTITY x SYSTEM \"" + secret.toUri() + "\">]>"
                        + graphOf("<node id=\"1\"><data key=\"d\">&x;</data></node>")),
                dtd);
        assertRejected(() -> graph("<!DOCTYPE graphml SYSTEM \"" + secret.toUri() + "\">" + graphOf("")), dtd);
        assertRejected(() -> graph("<!DOCTYPE graphml>"), dtd);
    }

    @Test
    void rejectsWhatNetworkxDoesNotWrite() {
        assertRejected(() -> graph(""), "is not valid GraphML");
        assertRejected(() -> graph("{}"), "is not valid GraphML at line 1");
        assertRejected(() -> graph("<svg/>"), "its root is <svg>, not <graphml>");
        assertRejected(() -> graph(graphOf("<node/>")), "a <node> has no id");
        assertRejected(() -> graph(graphOf("<edge source=\"1\"/>")), "a <edge> has no target");
        assertRejected(() -> graph(graphOf("<node id=\"1\"><data key=\"z\"/></node>")), "data for the key \"z\"");
        assertRejected(() -> graph(graphOf("<node id=\"1\"><graph/></node>")), "a graph inside a node");
        assertRejected(() -> graph(graphOf("<hyperedge/>")), "a <hyperedge>");
        assertRejected(() -> graph(graphOf("<node id=\"1\">\n&unknown;</node>")), "at line 2");
        assertRejected(() -> graph(graphOf("") + "<graphml/>"), "is not valid GraphML");
        assertRejected(() -> graph(graphOf("").substring(0, 200)), "is not valid GraphML");
        assertRejected(() -> graph(graphOf("<node id=\"1\" id=\"1\"/>")), "is not valid GraphML");
        assertRejected(() -> graph(graphOf("<a>".repeat(100))), "is not valid GraphML");
        assertRejected(() -> graph(graphOf("<" + "n".repeat(2000) + "/>")), "is not valid GraphML");
        assertRejected(() -> graph(graphOf("\0")), "is not valid GraphML");
        assertRejected(
                () -> read(FileKind.NETWORKX, "g", new ByteArrayInputStream(new byte[] {'<', (byte) 0xe9, '>'})),
                "is not valid GraphML: it is not UTF-8");
        assertRejected(
                () -> read(
                        FileKind.NETWORKX,
                        "g",
                        new ByteArrayInputStream(graphOf("<node id=\"" + "\u00e9 ".repeat(20_000) + "\"/>")
                                .getBytes(ISO_8859_1))),
                "it is not UTF-8");
        assertRejected(
                () -> graph("<?xml version='1.0' encoding='latin-1'?><graphml/>"),
                "it is encoded in latin-1, not in UTF-8");
    }

    private static void assertRejected(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(MalformedContentException.class).hasMessageContaining(message);
    }

    /** Reads a file that is larger than all memory that the test may allocate. */
    private static StoreSummary readLarge(FileKind kind, Endless file) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        StoreSummary summary = read(kind, "large", file);
        assertThat(file.read()).isEqualTo(-1);
        assertThat(file.length()).isGreaterThan(LARGE);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(32 << 20);
        return summary;
    }

    @Test
    void hugeDocumentIsReadInConstantMemory() throws IOException {
        assertThat(readLarge(FileKind.JSON, new Endless("{\"a\": \"", 'x', LARGE, "\"}"))
                        .records())
                .isEqualTo(1);
    }

    @Test
    void hugeMatrixIsReadInConstantMemory() throws IOException {
        int bytesInRow = 57_600_000;
        Endless huge = new Endless(
                "{\"embedding_dim\": " + bytesInRow / 4 + ", \"data\": [{}, {}, {}, {}, {}], \"matrix\": \"",
                'A',
                bytesInRow * 5L * 4 / 3,
                "\"}");
        assertThat(readLarge(FileKind.NANO, huge).records()).isEqualTo(5);
    }

    @Test
    void hugeTextOfANodeIsReadInConstantMemory() throws IOException {
        String start = SampleFiles.graphStart() + "<node id=\"1\"><data key=\"d1\">";
        Endless huge = new Endless(start, 'x', LARGE, "</data></node>" + SampleFiles.graphEnd());
        assertThat(readLarge(FileKind.NETWORKX, huge).counts().counts())
                .containsEntry("entities", 1L)
                .containsEntry("communities", 0L);
    }

    @Test
    void hugeTagOrCommentIsRejected() {
        for (String start :
                new String[] {"<node id=\"", "<!--", "<node id=\"1\"><data key=\"d0\"><![CDATA[", "<?x ", "<"}) {
            assertRejected(
                    () -> read(FileKind.NETWORKX, "g", new Endless(SampleFiles.graphStart() + start, 'x', LARGE, "")),
                    "is not valid GraphML");
        }
    }

    @Test
    void manyNodesAndReferencesAreAccepted() throws IOException {
        StringBuilder nodes = new StringBuilder();
        for (int i = 0; i < 300_000; i++) {
            nodes.append("<node id=\"&quot;").append(i).append("&quot;\"/>");
        }
        assertThat(graph(graphOf(nodes.toString())).counts().counts()).containsEntry("entities", 300_000L);
        assertThat(graph(graphOf("<node id=\"1\"><data key=\"d\">" + "&amp;".repeat(1_000_000) + "</data></node>"))
                        .records())
                .isEqualTo(1);
    }
}
