package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory and open files do not grow with the number of files in an archive. */
class ManyFilesTest {

    private static final int FILES = 10_000;

    @TempDir
    Path folder;

    /** Writes an archive to a directory and reads it back. */
    static final class WriteAndRead {
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            Path archive = folder.resolve("many.ngbak");
            Path work = Files.createDirectory(folder.resolve("work"));
            try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), Compression.GZIP)) {
                EntrySink sink = writer.sink(Role.KV, "json");
                for (int i = 0; i < FILES; i++) {
                    byte[] content = ("{\"key\": " + i + "}\n").getBytes(StandardCharsets.UTF_8);
                    sink.put("namespace-" + i, ".json", out -> out.write(content));
                }
                TestArchives.write(
                        writer, TestArchives.manifest("many", writer.files(), writer.names(Role.KV, "json")), archive);
            }
            int files = 0;
            try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
                while (reader.next() != null) {
                    reader.finish();
                    files++;
                }
            }
            System.out.println("read " + files);
        }
    }

    @Test
    void tenThousandFilesNeedLittleMemoryAndFewOpenFiles() throws Exception {
        List<String> limited = List.of("sh", "-c", "ulimit -n 256; exec \"$@\"", "sh");
        assertThat(SmallHeap.run(folder, limited, 128, WriteAndRead.class, folder.toString()))
                .isEqualTo("read " + FILES + "\n");
    }
}
