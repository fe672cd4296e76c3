package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TempFilesTest {

    @TempDir
    private Path directory;

    @Test
    void openFileHasNoName() throws IOException {
        try (FileChannel file = TempFiles.in(directory).open()) {
            assertThat(directory).isEmptyDirectory();
            assertWritable(file);
        }
    }

    @Test
    void deleteAbandonedDeletesOnlyTemporaryFiles() throws IOException {
        Files.createFile(directory.resolve("ngbak-1.tmp"));
        Path journal = Files.createFile(directory.resolve("restore.journal"));
        TempFiles files = TempFiles.in(directory);
        try (FileChannel open = files.open()) {
            files.deleteAbandoned();
            assertThat(directory).isDirectoryContaining(journal::equals);
            assertThat(directory.toFile().list()).hasSize(1);
            assertWritable(open);
        }
    }

    private static void assertWritable(FileChannel file) throws IOException {
        file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
        ByteBuffer read = ByteBuffer.allocate(4);
        assertThat(file.read(read, 0)).isEqualTo(3);
        assertThat(read.array()).containsExactly(1, 2, 3, 0);
    }
}
