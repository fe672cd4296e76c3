package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The expected texts are what NetworkX 3.6, NanoVectorDB 0.0.4 and Python 3.11 write for the same values. */
class FileWritingTest {

    @TempDir
    Path folder;

    private final RecordDigester written = RecordDigester.digesting();

    private InMemoryEntries write(StorageExporter exporter, RecordSource records) throws IOException {
        InMemoryEntries entries = new InMemoryEntries("x/");
        exporter.write(records, Settings.of(Map.of("WORKING_DIR", folder.toString())), entries, written, Progress.NONE);
        return entries;
    }

    private String text(StorageExporter exporter, String name, RecordSource records) throws IOException {
        return new String(write(exporter, records).content(name), UTF_8);
    }

    private void assertRefused(StorageExporter exporter, RecordSource records, String message) {
        assertThatThrownBy(() -> write(exporter, records))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
                .hasMessageContaining(message);
    }

    @Test
    void graphIsWrittenAsNetworkxDoes() throws IOException {
        String text = text(new NetworkxExporter(), "g", visitor -> {
            visitor.graph("g", false);
            visitor.node(5, "\"A&<\"\n", List.of(), new TreeMap<>(Map.of("a", "x\r\n<&>\"", "b", 1L, "c", 0.5)));
            visitor.node(-5, "B", List.of(), Map.of());
            visitor.relationship(-5, 5, "", new TreeMap<>(Map.of("a", true, "b", Double.NaN)));
        });

        assertThat(text).isEqualTo("""
                        <?xml version='1.0' encoding='utf-8'?>
                        <graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
                        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
                        xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
                        http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
                          <key id="d0" for="node" attr.name="a" attr.type="string" />
                          <key id="d1" for="node" attr.name="b" attr.type="long" />
                          <key id="d2" for="node" attr.name="c" attr.type="double" />
                          <key id="d3" for="edge" attr.name="a" attr.type="boolean" />
                          <key id="d4" for="edge" attr.name="b" attr.type="double" />
                          <graph edgedefault="undirected">
                            <node id="&quot;A&amp;&lt;&quot;&#10;">
                              <data key="d0">x&#13;
                        &lt;&amp;&gt;"</data>
                              <data key="d1">1</data>
                              <data key="d2">0.5</data>
                            </node>
                            <node id="B" />
                            <edge source="B" target="&quot;A&amp;&lt;&quot;&#10;">
                              <data key="d3">true</data>
                              <data key="d4">nan</data>
                            </edge>
                          </graph>
                        </graphml>
                        """);
        assertThat(written.counts().counts()).isEqualTo(Map.of("entities", 2L, "relationships", 1L, "communities", 0L));
    }

    @Test
    void vectorsAreWrittenAsNanoVectorDbDoes() throws IOException {
        String text = text(new NanoExporter(), "entities", visitor -> {
            visitor.collection("entities", Map.of("", 2));
            visitor.point("7", new TreeMap<>(Map.of("id", "ent-1", "é", List.of(1, 0.5))), List.of(vector(0.6f, 0.8f)));
            visitor.point(null, Map.of("id", "ent-2"), List.of(vector(1, 0)));
        });

        assertThat(text)
                .isEqualTo("{\"embedding_dim\": 2, \"data\": [{\"__id__\": \"ent-1\", \"é\": [1, 0.5]},"
                        + " {\"__id__\": \"ent-2\"}], \"matrix\": \"mpkZP83MTD8AAIA/AAAAAA==\"}");
    }

    @Test
    void matrixOfManyPiecesIsOneText() throws IOException {
        write(new NanoExporter(), visitor -> {
            visitor.collection("entities", Map.of("", 1_000));
            for (int i = 0; i < 101; i++) {
                visitor.point(null, Map.of("id", "ent-" + i), List.of(new Vector("", new float[1_000], null)));
            }
        });

        assertThat(written.counts().counts()).isEqualTo(Map.of("entities", 101L));
    }

    @Test
    void entriesAreWrittenAsPythonDoesAlsoIfNamespacesAlternate() throws IOException {
        InMemoryEntries entries = write(new JsonExporter(), visitor -> {
            visitor.entry("a", "é\n", "{\"k\":[\"\\u00e9\",1.0]}".getBytes(UTF_8), RecordVisitor.NEVER);
            visitor.entry("b", "1", "null".getBytes(UTF_8), RecordVisitor.NEVER);
            visitor.entry("a", "2", "{}".getBytes(UTF_8), RecordVisitor.NEVER);
        });

        assertThat(new String(entries.content("a"), UTF_8)).isEqualTo("""
                        {
                          "é\\n": {
                            "k": [
                              "é",
                              1.0
                            ]
                          },
                          "2": {}
                        }""");
        assertThat(new String(entries.content("b"), UTF_8)).isEqualTo("{\n  \"1\": null\n}");
    }

    private static Vector vector(float... values) {
        return new Vector("", values, null);
    }

    @Test
    void whatFilesCannotHoldIsRefusedByName() {
        assertRefused(
                new NetworkxExporter(),
                graph(visitor -> {
                    visitor.node(1, "A", List.of(), Map.of());
                    visitor.node(2, "A", List.of(), Map.of());
                }),
                "two nodes with the name \"A\"");
        assertRefused(
                new NetworkxExporter(),
                graph(visitor -> {
                    visitor.node(1, "A", List.of(), Map.of());
                    visitor.relationship(1, 1, "", Map.of());
                    visitor.relationship(1, 1, "", Map.of());
                }),
                "The relationship between \"A\" and \"A\" is not the only one");
        assertRefused(
                new NetworkxExporter(),
                graph(visitor -> visitor.node(1, "A", List.of(), Map.of("p", LocalDate.EPOCH))),
                "The node \"A\" has the property \"p\", whose value is not a text, a number or a boolean: 1970-01-01");
        assertRefused(
                new NetworkxExporter(),
                graph(visitor -> visitor.node(1, "A", List.of(), Map.of("p", "\u0001"))),
                "The node \"A\" contains the character U+0001");
        assertRefused(
                new NetworkxExporter(),
                graph(visitor -> visitor.node(1, "A", List.of(), Map.of("\u0001", "p"))),
                "U+0001");
        assertRefused(
                new NetworkxExporter(),
                visitor -> visitor.graph("../g", false),
                "The name \"../g\" contains a character that file names cannot contain");
        assertRefused(
                new NanoExporter(),
                visitor -> {
                    visitor.collection("c", Map.of("", 2));
                    visitor.point("7", Map.of("id", "ent-1"), List.of(vector(1)));
                },
                "The point \"ent-1\" of \"c\" does not have exactly one dense vector of 2 numbers");
        assertRefused(
                new JsonExporter(),
                visitor -> visitor.entry("a", "k", "no".getBytes(UTF_8), RecordVisitor.NEVER),
                "The value of \"a:k\" is not JSON");
        assertRefused(
                new JsonExporter(),
                visitor -> visitor.entry("a", "k", "1".getBytes(UTF_8), 5),
                "The entry \"a:k\" expires");
    }

    private static RecordSource graph(RecordSource content) {
        return visitor -> {
            visitor.graph("g", false);
            content.visit(visitor);
        };
    }
}
