package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unsafe names and entry types. */
class HostileNamesTest extends HostileArchives {

    @Test
    void validArchiveIsRead() throws IOException {
        assertThat(read(validTar().complete())).containsOnlyKeys(FILE);
        assertThat(read(RawTar.gzip(validTar().complete()))).containsOnlyKeys(FILE);
        assertThat(read(Zstd.compress(validTar().complete()))).containsOnlyKeys(FILE);
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};
        assertThat(read(RawTar.concat(skippable, Zstd.compress(validTar().complete()))))
                .containsOnlyKeys(FILE);
        assertThat(read(new RawTar()
                        .file(FILE, CONTENT)
                        .file("manifest.json", MANIFEST)
                        .complete()))
                .containsOnlyKeys(FILE);
    }

    @ParameterizedTest
    @CsvSource({
        "../evil, \"..\"",
        "kv/../../evil, \"..\"",
        "kv/.., \"..\"",
        "/etc/passwd, an absolute name",
        "//x, an absolute name",
        "kv//a.json, an empty part",
        "kv\\..\\evil, a backslash",
        "C:evil, a colon"
    })
    void unsafeNameIsRefused(String name, String reason) throws IOException {
        assertDamaged(validTar().file(name, CONTENT).complete(), reason, name);
        assertDamaged(
                validTar().pax("path=" + name).file("kv/harmless", CONTENT).complete(), reason, name);
        assertDamaged(
                validTar()
                        .entry('L', "././@LongLink", (name + "\0").getBytes(StandardCharsets.UTF_8))
                        .file("kv/harmless", CONTENT)
                        .complete(),
                reason,
                name);
        assertDamaged(validTar().entry('5', name, new byte[0]).complete(), reason, name);
        assertDamaged(
                new RawTar()
                        .file("manifest.json", manifest(new ManifestEntry(name, 7, TestArchives.sha256(CONTENT))))
                        .file(name, CONTENT)
                        .complete(),
                "its manifest lists a file with ",
                reason);
    }

    @ParameterizedTest
    @CsvSource({
        "1, a hard link",
        "2, a symbolic link",
        "3, a device",
        "4, a device",
        "6, a named pipe",
        "7, of a type that an archive cannot contain",
        "S, a sparse file",
        "K, a link with a long target",
        "g, a global pax header",
        "D, of a type that an archive cannot contain",
        "V, of a type that an archive cannot contain",
        "A, of a type that an archive cannot contain"
    })
    void entryThatIsNotAFileIsRefused(char type, String reason) throws IOException {
        assertDamaged(validTar().entry(type, "kv/b.json", new byte[0]).complete(), "\"kv/b.json\" is " + reason);
        assertDamaged(
                new RawTar()
                        .entry(type, "kv/b.json", new byte[0])
                        .raw(validTar().complete())
                        .withoutEnd(),
                reason);
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .header(type, FILE.getBytes(StandardCharsets.UTF_8), RawTar.octal(7))
                        .content(CONTENT)
                        .complete(),
                reason);
    }

    @Test
    void paxSparseFileIsRefused() throws IOException {
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=7")
                        .file(FILE, CONTENT)
                        .complete(),
                "\"kv/a.json\" is a sparse file");
    }

    @Test
    void directoryWithContentIsRefused() throws IOException {
        assertDamaged(validTar().entry('5', "kv", CONTENT).complete(), "the directory entry \"kv\" has content");
    }

    @Test
    void controlCharacterIsRefusedAndNotPrinted() throws IOException {
        String name = "kv/\u001b]0;owned\u0007\u001b[2J\u009b1m\u202e.json";
        assertDamaged(validTar().file(name, CONTENT).complete(), "a control character", "kv/?]0;owned??[2J?1m?.json");
        assertDamaged(validTar().pax("path=" + name).file("x", CONTENT).complete(), "a control character");
        String json = "\"kv/\\u001b]0;owned\\u0007.json\"";
        assertDamaged(
                withManifest(MANIFEST.replace("\"kv/a.json\"", json)), "a control character", "kv/?]0;owned?.json");
        assertDamaged(withManifest(MANIFEST.replace("ngbak/1", "\\u001b[2Jngbak/1")), "format is \"?[2Jngbak/1\"");
        assertDamaged(withManifest(MANIFEST.replace(TestArchives.ID, "\\u009b2J")), "invalid backup_id \"?2J\"");
        assertDamaged(withManifest("{ \"\u001b[2J\u009b\" 1"), "not valid JSON");
        assertDamaged(withManifest("{ \"\u009b\": 1, \"note\": 2, \"note\": 2}"), "its manifest");
    }

    @Test
    void archiveNameIsPrintedWithoutControlCharacters() throws IOException {
        Path file = Files.write(folder.resolve("x\u001b[2J.ngbak"), new byte[0]);
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(file))
                .withMessageContaining("The archive x?[2J.ngbak is damaged: the file is empty");
    }

    @Test
    void nameThatIsNotUtf8IsRefused() throws IOException {
        for (byte[] name : List.of(
                new byte[] {'k', 'v', '/', (byte) 0xff},
                new byte[] {'k', 'v', '/', (byte) 0xc0, (byte) 0xaf},
                new byte[] {'k', 'v', '/', (byte) 0xed, (byte) 0xa0, (byte) 0x80})) {
            assertDamaged(
                    validTar()
                            .header('0', name, RawTar.octal(7))
                            .content(CONTENT)
                            .complete(),
                    "a name in the tar is not UTF-8");
        }
    }
}
