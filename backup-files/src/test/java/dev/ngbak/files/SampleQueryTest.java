package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.files.SampleQuery.Answer;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleQueryTest {

    private static final int ENTITIES = 20;

    @TempDir
    Path temporary;

    private Path before;
    private Path after;

    @BeforeEach
    void makeTwoEqualFolders() {
        before = temporary.resolve("before");
        after = temporary.resolve("after");
        for (Path folder : List.of(before, after)) {
            SampleFiles.write(folder, "vdb_entities.json", vectors(-1, -1));
            SampleFiles.write(folder, "vdb_chunks.json", "not looked at");
            SampleFiles.write(folder, "kv_store_text_chunks.json", chunks(ENTITIES));
            SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", graph(ENTITIES));
        }
    }

    private static String name(int i) {
        return "\"ENTITY \u00c9 " + i + "\"";
    }

    private static String vectors(int swapped, int with) {
        String data = IntStream.range(0, ENTITIES)
                .mapToObj(i -> "{\"__id__\": \"ent-" + i + "\", \"entity_name\": " + SampleFiles.quoted(name(i)) + "}")
                .collect(Collectors.joining(", "));
        ByteBuffer matrix = ByteBuffer.allocate(ENTITIES * 8 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ENTITIES; i++) {
            Random random = new Random(i == swapped ? with : i == with ? swapped : i);
            for (int j = 0; j < 8; j++) {
                matrix.putFloat((float) random.nextGaussian());
            }
        }
        return SampleFiles.vectors(8, data, matrix.array());
    }

    private static String chunks(int amount) {
        return IntStream.range(0, amount)
                .mapToObj(
                        i -> "\"chunk-" + i + "\": {\"content\": \"The  text\\nof " + i + " " + "x".repeat(100) + "\"}")
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String graph(int amount) {
        String nodes = IntStream.range(0, amount)
                .mapToObj(i -> "<node id=\"" + SampleFiles.escaped(name(i)) + "\"><data key=\"d0\">chunk-" + i
                        + "&lt;SEP&gt;chunk-0</data></node>")
                .collect(Collectors.joining());
        String edge = "<edge source=\"" + SampleFiles.escaped(name(0)) + "\" target=\"" + SampleFiles.escaped(name(1))
                + "\"><data key=\"d1\">not a node's</data></edge>";
        return "<graphml><key id=\"d0\" for=\"node\" attr.name=\"source_id\"/>"
                + "<key id=\"d1\" for=\"edge\" attr.name=\"source_id\"/><graph>" + nodes + edge + "</graph></graphml>";
    }

    @Test
    void findsEveryEntityWhereAllIsWhole() throws IOException {
        SampleQuery query = SampleQuery.take(before, 5);
        assertThat(query.entities()).containsExactly(name(0), name(4), name(8), name(12), name(16));
        List<Answer> answers = query.answer(after);
        assertThat(answers).hasSize(5).allSatisfy(answer -> {
            assertThat(answer.score()).isCloseTo(1, Offset.offset(1e-9));
            assertThat(answer.secondScore()).isLessThan(answer.score());
            assertThat(answer.second()).isNotEqualTo(answer.entity()).isNotEmpty();
            assertThat(answer.chunkText())
                    .startsWith("The text of ")
                    .hasSize(81)
                    .endsWith("…");
        });
        assertThat(answers.get(0).relationships()).isEqualTo(1);
        assertThat(answers.get(1).relationships()).isZero();
        assertThat(answers.get(1).chunkId()).isEqualTo("chunk-4");
        assertThat(SampleQuery.take(before, 1000).entities()).hasSize(ENTITIES);
    }

    @Test
    void failsWhenTwoRowsOfTheVectorsAreSwapped() throws IOException {
        SampleQuery query = SampleQuery.take(before, ENTITIES);
        SampleFiles.write(after, "vdb_entities.json", vectors(3, 7));
        assertFails(query, "the stored vector of " + name(3) + " finds " + name(7) + " first");
    }

    @Test
    void failsWhenANodeIsMissing() throws IOException {
        SampleQuery query = SampleQuery.take(before, ENTITIES);
        SampleFiles.write(after, "graph_chunk_entity_relation.graphml", graph(ENTITIES - 1));
        assertFails(query, name(ENTITIES - 1) + " has no node in the graph");
    }

    @Test
    void failsWhenAChunkIsMissing() throws IOException {
        SampleQuery query = SampleQuery.take(before, ENTITIES);
        SampleFiles.write(after, "kv_store_text_chunks.json", chunks(ENTITIES - 1));
        assertFails(query, "the chunk chunk-19, from which " + name(19) + " comes, is not in text_chunks");
    }

    @Test
    void needsEntitiesToAskFor() throws IOException {
        SampleFiles.write(before, "graph_chunk_entity_relation.graphml", graph(0));
        assertThatThrownBy(() -> SampleQuery.take(before, 3)).isInstanceOf(BackupException.class);
        Files.delete(before.resolve("vdb_entities.json"));
        assertThatThrownBy(() -> SampleQuery.take(before, 3)).hasMessageContaining("vdb_entities.json");
    }

    private void assertFails(SampleQuery query, String why) {
        assertThatThrownBy(() -> query.answer(after))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("The sample query failed: ")
                .hasMessageContaining(why);
    }
}
