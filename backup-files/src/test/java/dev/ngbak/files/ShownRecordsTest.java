package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.RecordViewer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests what decoders show to a visitor. */
class ShownRecordsTest {

    private final List<Map<String, Object>> properties = new ArrayList<>();
    private final List<String> others = new ArrayList<>();

    private void show(FileKind kind, String content) throws IOException {
        RecordViewer viewer = new RecordViewer(new RecordVisitor() {
            @Override
            public void graph(String name, boolean directed) {
                others.add("graph " + name + " " + directed);
            }

            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> of) {
                properties.add(of);
            }

            @Override
            public void other(String what) {
                others.add(what);
            }
        });
        kind.read(new ByteArrayInputStream(content.getBytes(UTF_8)), "x", Settings.of(Map.of()), viewer);
    }

    private static String graph(String direction, String keys, String inside) {
        return "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">" + keys + "<graph edgedefault=\"" + direction
                + "\">" + inside + "</graph></graphml>";
    }

    private static String typed(String type, String text) {
        return graph(
                "undirected",
                "<key id=\"k\" for=\"node\" attr.name=\"p\" attr.type=\"" + type + "\"/>",
                "<node id=\"A\"><data key=\"k\">" + text + "</data></node>");
    }

    @Test
    void attributesHaveTheTypesOfTheirKeys() throws IOException {
        show(FileKind.NETWORKX, typed("long", "-9223372036854775808"));
        show(FileKind.NETWORKX, typed("int", "9223372036854775808"));
        show(FileKind.NETWORKX, typed("double", "1e-05"));
        show(FileKind.NETWORKX, typed("float", "-inf"));
        show(FileKind.NETWORKX, typed("double", "nan"));
        show(FileKind.NETWORKX, typed("boolean", "true"));
        show(FileKind.NETWORKX, typed("boolean", "False"));
        show(FileKind.NETWORKX, typed("string", "1"));
        show(FileKind.NETWORKX, typed("long", "no number"));

        assertThat(properties)
                .extracting(of -> of.get("p"))
                .containsExactly(
                        Long.MIN_VALUE,
                        BigInteger.TWO.pow(63),
                        1e-5,
                        Double.NEGATIVE_INFINITY,
                        Double.NaN,
                        true,
                        false,
                        "1",
                        "no number");
    }

    @Test
    void textThatIsTooLongIsNamed() throws IOException {
        show(FileKind.NETWORKX, typed("string", "x".repeat(RecordVisitor.MAX_LENGTH + 1)));

        assertThat(properties).containsExactly(Map.of("p", RecordVisitor.TOO_LONG));
    }

    @Test
    void whatBelongsToNoRecordIsNamed() throws IOException {
        show(
                FileKind.NETWORKX,
                graph(
                        "directed",
                        "<key id=\"k\" for=\"graph\" attr.name=\"p\" attr.type=\"string\"/>"
                                + "<key id=\"l\" for=\"node\" attr.name=\"q\" attr.type=\"string\"><default/></key>",
                        "<data key=\"k\">text</data>"));
        show(FileKind.NANO, "{\"embedding_dim\": 1, \"additional_data\": {}, \"data\": [], \"matrix\": \"\"}");

        assertThat(others)
                .containsExactlyInAnyOrder(
                        "graph x true",
                        "the attribute \"p\" of the whole graph",
                        "the default of the attribute \"q\"",
                        "the member \"additional_data\" of the file of \"x\"");
    }
}
