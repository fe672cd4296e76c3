package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TruncationTest {

    /** Matches messages that tell the operator that the archive is incomplete. */
    private static final String INCOMPLETE =
            "(?s).*(it ends too soon|Truncated source|cut off|is empty|is neither a tar nor).*";

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void truncatedArchiveIsRefused(Compression compression) throws IOException {
        Path archive = TestArchives.write(
                folder,
                compression,
                Map.of("a", TestArchives.random(4_000), "b", new byte[0], "zeros", new byte[10_000]));
        assertThat(TestArchives.read(archive)).hasSize(4);
        try (FileChannel channel = FileChannel.open(archive, StandardOpenOption.WRITE)) {
            for (long size = Files.size(archive) - 1; size >= 0; size--) {
                channel.truncate(size);
                assertThatExceptionOfType(BackupException.class)
                        .as("truncated to %d bytes", size)
                        .isThrownBy(() -> TestArchives.read(archive))
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                        .withMessageContaining("The archive " + archive.getFileName() + " is damaged: ")
                        .withMessageMatching(INCOMPLETE);
            }
        }
    }
}
