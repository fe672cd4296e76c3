package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.spi.ContentDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeeArchiveTest {

    @TempDir
    Path temp;

    @Test
    void everyByteIsPassedOnOnceInWhateverOrderTheArchiveIsRead() throws IOException {
        byte[] content = new byte[100_000];
        Random random = new Random(1);
        random.nextBytes(content);
        Path file = Files.write(temp.resolve("x.ngbak"), content);
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(content));
        for (int round = 0; round < 50; round++) {
            ByteArrayOutputStream passed = new ByteArrayOutputStream();
            TeeArchive tee = new TeeArchive(new ArchiveFile(file), passed::write);
            for (int stream = random.nextInt(4); stream > 0; stream--) {
                try (InputStream in = tee.read(random.nextInt(3) == 0 ? random.nextInt(content.length) : 0)) {
                    for (int left = random.nextInt(content.length); left > 0; ) {
                        int n = in.read(new byte[9_000], 100, 1 + random.nextInt(8_000));
                        left = n < 0 ? 0 : left - n;
                    }
                    in.read();
                }
            }
            assertThat(tee.finish()).isEqualTo(sha256);
            assertThat(passed.toByteArray()).isEqualTo(content);
        }
    }
}
