package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.RecordViewer;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that rows and vectors of a NanoVectorDB file are joined, in whatever order the file has them. */
final class DeferredPointsTest {

    private static final String DIMENSION = "\"embedding_dim\": 2";
    private static final String DATA = "\"data\": [{\"__id__\": \"ent-1\", \"n\": NaN}, {\"__id__\": \"ent-2\"}]";
    private static final String MATRIX = "\"matrix\": \"AACAPwAAAACamRk/zcxMvw==\"";

    private static final List<String> POINTS = List.of(
            "collection c {=2}", "point null {n=NaN, id=ent-1} [1.0, 0.0]", "point null {id=ent-2} [0.6, -0.8]");

    @TempDir
    Path temp;

    private final List<String> shown = new ArrayList<>();

    private final RecordVisitor visitor = new RecordVisitor() {
        @Override
        public void collection(String name, Map<String, Integer> dimensions) {
            shown.add("collection " + name + " " + dimensions);
        }

        @Override
        public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
            String values =
                    vectors.isEmpty() ? "" : Arrays.toString(vectors.get(0).values());
            shown.add("point " + id + " " + payload + " " + values);
        }
    };

    private void show(InputStream file) throws IOException {
        new VectorRecords(file, "c", TempFiles.in(temp), new RecordViewer(visitor)).read();
    }

    private void show(String... members) throws IOException {
        show(new ByteArrayInputStream(("{" + String.join(", ", members) + "}").getBytes(UTF_8)));
    }

    @Test
    void rowsBeforeVectorsAreJoined() throws IOException {
        show(DIMENSION, DATA, MATRIX, "\"additional_data\": {}");
        assertThat(shown).isEqualTo(POINTS);
    }

    @Test
    void vectorsBeforeRowsAreJoined() throws IOException {
        show("\"additional_data\": {}", DIMENSION, MATRIX, DATA);
        assertThat(shown).isEqualTo(POINTS);
    }

    @Test
    void dimensionAfterRowsIsShownFirst() throws IOException {
        show(DATA, DIMENSION, MATRIX);
        assertThat(shown).isEqualTo(POINTS);
    }

    @Test
    void emptyCollectionIsShown() throws IOException {
        show(DIMENSION, "\"data\": []", "\"matrix\": \"\"");
        assertThat(shown).containsExactly("collection c {=2}");
    }

    @Test
    void missingVectorsAreMalformed() {
        assertThatThrownBy(() -> show(DIMENSION, DATA, "\"matrix\": \"AACAPwAAAAA=\""))
                .isInstanceOf(MalformedContentException.class)
                .hasMessageContaining("2 rows of data, but 1 vectors");
    }

    @Test
    void rowThatIsTooLongToShowIsLeftOut() throws IOException {
        String start = "{" + DIMENSION + ", \"data\": [{\"text\": \"";
        show(new Endless(start, 'x', RecordVisitor.MAX_LENGTH, "\"}, {\"__id__\": \"ent-2\"}], " + MATRIX + "}"));
        assertThat(shown).containsExactly(POINTS.get(0), POINTS.get(2));
    }

    @Test
    void leavesNoTemporaryFile() throws IOException {
        show(DIMENSION, DATA, MATRIX);
        try (var files = Files.list(temp)) {
            assertThat(files).isEmpty();
        }
    }
}
