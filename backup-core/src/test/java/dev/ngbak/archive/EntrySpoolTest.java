package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntrySpoolTest {

    private static final int WRITES = 10;
    private static final int WRITE_BYTES = 1_000;
    private static final int WRITES_PER_PIECE = 3;

    @TempDir
    Path temp;

    private Path folder;
    private Path target;

    @BeforeEach
    void folders() throws IOException {
        folder = Files.createDirectory(temp.resolve("spool"));
        target = temp.resolve("archive");
        Files.writeString(target, "before ");
    }

    private byte[] fill(EntrySpool spool) throws IOException {
        Random random = new Random(1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (spool) {
            for (int i = 0; i < WRITES; i++) {
                byte[] bytes = new byte[WRITE_BYTES];
                random.nextBytes(bytes);
                spool.write(bytes, 0, bytes.length);
                all.writeBytes(bytes);
            }
        }
        return all.toByteArray();
    }

    private EntrySpool spool() {
        return new EntrySpool(folder, WRITES_PER_PIECE * WRITE_BYTES);
    }

    private List<Path> pieces() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    private void move(EntrySpool spool) throws IOException {
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.APPEND)) {
            spool.moveTo(channel);
        }
    }

    @Test
    void piecesAreAppendedInOrder() throws IOException {
        EntrySpool spool = spool();
        byte[] written = fill(spool);
        assertThat(pieces()).hasSize(4);
        move(spool);
        assertThat(Files.readAllBytes(target)).startsWith('b', 'e', 'f').endsWith(written);
        assertThat(target).hasSize("before ".length() + written.length);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void pieceIsDeletedBeforeTheNextIsCopied() throws IOException {
        EntrySpool spool = spool();
        fill(spool);
        Path last = pieces().stream()
                .filter(piece -> piece.toFile().length() == WRITE_BYTES)
                .findFirst()
                .orElseThrow();
        Files.delete(last);
        assertThatThrownBy(() -> move(spool)).isInstanceOf(NoSuchFileException.class);
        assertThat(folder).isEmptyDirectory();
        assertThat(target).hasSize("before ".length() + (WRITES - 1) * WRITE_BYTES);
    }

    @Test
    void deleteRemovesAllPieces() throws IOException {
        EntrySpool spool = spool();
        fill(spool);
        spool.delete();
        assertThat(folder).isEmptyDirectory();
        move(spool);
        assertThat(target).hasContent("before ");
    }

    @Test
    void emptySpoolCreatesNoFile() throws IOException {
        EntrySpool spool = spool();
        spool.close();
        assertThat(folder).isEmptyDirectory();
        move(spool);
        assertThat(target).hasContent("before ");
    }
}
