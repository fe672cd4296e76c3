package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed tar structures, and files that are not archives. */
class HostileTarTest extends HostileArchives {

    @Test
    void repeatedOrDanglingExtendedHeaderIsRefused() throws IOException {
        assertDamaged(validTar().pax("mtime=1").pax("mtime=1").complete(), "two pax headers in a row");
        byte[] name = bytes("kv/x\0");
        assertDamaged(validTar().entry('L', "x", name).entry('L', "x", name).complete(), "two long names in a row");
        assertDamaged(validTar().pax("path=x").complete(), "the tar ends after an extended header");
        assertDamaged(validTar().entry('L', "x", name).complete(), "the tar ends after an extended header");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "5 a=\n",
                "6 a=bc\n",
                "6 a=b\nx",
                " 6 a=b\n",
                "-6 a=b\n",
                "0 a=b\n",
                "2 \n",
                "7 path\n",
                "4 =\n",
                "99999999 a=b\n",
                "12 comment=\0",
                "13 Comment=ab\n",
                "11 bath=abc\n"
            })
    void malformedPaxHeaderIsRefused(String content) throws IOException {
        assertDamaged(
                validTar().entry('x', "x", bytes(content)).file("kv/b", CONTENT).complete(), "a pax header is damaged");
    }

    @Test
    void paxHeaderWithADuplicateKeyIsRefused() throws IOException {
        assertDamaged(
                validTar().pax("path=a", "path=b").file("x", CONTENT).complete(), "a pax header has a record twice");
    }

    @Test
    void secondTarIsRefused() throws IOException {
        byte[] tar = validTar().complete();
        byte[] second = new RawTar().file("kv/b.json", CONTENT).complete();
        String reason = "there is data after the end of the tar";
        assertDamaged(RawTar.concat(tar, second), reason);
        assertDamaged(RawTar.gzip(RawTar.concat(tar, second)), reason);
        assertDamaged(RawTar.gzip(tar, second), reason);
        assertDamaged(RawTar.concat(Zstd.compress(tar), Zstd.compress(second)), reason);
        assertDamaged(RawTar.concat(tar, new byte[9 * 512], second), reason);
        assertDamaged(RawTar.concat(RawTar.gzip(tar), second), "it cannot be unpacked");
        assertDamaged(RawTar.concat(tar, RawTar.gzip(second)), reason);
    }

    @Test
    void trailingGarbageIsRefused() throws IOException {
        byte[] tar = validTar().complete();
        byte[] garbage = "garbage".getBytes(StandardCharsets.US_ASCII);
        assertDamaged(RawTar.concat(tar, garbage), "there is data after the end of the tar");
        assertDamaged(
                RawTar.concat(tar, new byte[7]), "the zeros at the end of the tar are not a whole number of records");
        assertDamaged(RawTar.concat(RawTar.gzip(tar), garbage), "it cannot be unpacked");
        assertDamaged(RawTar.concat(RawTar.gzip(tar), new byte[512]), "it cannot be unpacked");
        assertDamaged(RawTar.concat(Zstd.compress(tar), garbage), "it cannot be unpacked");
        for (int size = 1; size < 10; size++) {
            assertDamaged(RawTar.concat(Zstd.compress(tar), new byte[size]), "it cannot be unpacked");
            assertDamaged(RawTar.concat(RawTar.gzip(tar), new byte[size]), "it cannot be unpacked");
        }
        assertDamaged(RawTar.gzip(tar, new byte[2 << 20]), "there is data after the end of the tar");
        assertThat(read(RawTar.gzip(RawTar.concat(tar, new byte[10240])))).containsOnlyKeys(FILE);
    }

    @Test
    void missingOrDamagedEndIsRefused() throws IOException {
        assertDamaged(validTar().withoutEnd(), "the tar is cut off where a header should be");
        assertDamaged(
                RawTar.gzip(validTar().raw(new byte[512]).withoutEnd()),
                "cut off where its second end record should be");
        assertDamaged(validTar().raw(new byte[512]).file("kv/b.json", CONTENT).complete(), "the tar's end is damaged");
    }

    @Test
    void wrongHeaderChecksumIsRefused() throws IOException {
        byte[] tar = validTar().complete();
        tar[105] ^= 1;
        assertDamaged(tar, "the checksum of a tar header is wrong");
        // Some old tars wrote signed checksums. They differ only for bytes that are invalid in our names.
        assertDamaged(
                RawTar.concat(validTar().withoutEnd(), new byte[100], new byte[] {1}, new byte[923]),
                "the checksum of a tar header is wrong");
    }

    @Test
    void fileThatIsNotAnArchiveIsRefused() throws IOException {
        assertDamaged(new byte[0], "the file is empty");
        String reason = "it is neither a tar nor a tar packed with gzip or zstd";
        assertDamaged(bytes("hello\n"), reason);
        assertDamaged(bytes("hello\n".repeat(1000)), reason);
        assertDamaged(new byte[4096], reason);
        assertDamaged(bytes("PK\3\4" + "x".repeat(1000)), reason);
        assertDamaged(RawTar.gzip(bytes("hello\n".repeat(1000))), "the checksum of a tar header is wrong");
        assertDamaged(Zstd.compress(bytes("hello\n")), "the tar is cut off where a header should be");
        assertDamaged(RawTar.gzip(new byte[0]), "the tar is cut off where a header should be");
        assertDamaged(new byte[] {0x1f, (byte) 0x8b}, "it cannot be unpacked");
        assertDamaged(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, "it cannot be unpacked");
    }

    @Test
    void directoryIsRefused() throws IOException {
        Path file = Files.createDirectory(folder.resolve("x.ngbak"));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(file))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                .withMessageContaining("The archive x.ngbak is damaged: it is a directory, not a file");
    }

    @Test
    void missingArchiveIsNotFound() {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(folder.resolve("none.ngbak")))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                .withMessageContaining("none.ngbak");
    }
}
