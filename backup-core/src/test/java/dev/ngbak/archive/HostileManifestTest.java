package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests that are valid JSON with invalid content. */
class HostileManifestTest extends HostileArchives {

    @ParameterizedTest
    @ValueSource(strings = {"format", "backup_id", "files", "checksum"})
    void missingMemberIsRefused(String member) throws IOException {
        assertDamaged(
                withManifest(MANIFEST.replace("\"" + member + "\"", "\"other\"")),
                "its manifest",
                member.replace("files", "list of files"));
        assertDamaged(
                withManifest(MANIFEST.replaceFirst(
                        "(?s)\"" + member + "\": (\"[^\"]*\"|\\[.*\\])", "\"" + member + "\": null")),
                "its manifest");
    }

    @Test
    void otherMajorVersionIsIncompatible() throws IOException {
        for (String format : List.of("ngbak/2", "ngbak/2.1", "ngbak/0", "ngbak/10")) {
            byte[] archive = withManifest(MANIFEST.replace("ngbak/1", format).replace("\"files\"", "\"parts\""));
            BackupException e = readFailure(archive);
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e.problem()).contains("The archive x.ngbak has the format " + format + ", but");
        }
        assertThat(read(withManifest(MANIFEST.replace("ngbak/1", "ngbak/1.3")))).containsOnlyKeys(FILE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ngbak/x",
                "ngbak",
                "",
                "ngbak/",
                "ngbak/1x",
                "ngbak/-1",
                "NGBAK/1",
                "ngbak/1.",
                "ngbak/1\\n",
                "ngbak/99999999"
            })
    void invalidFormatIsRefused(String format) throws IOException {
        assertDamaged(withManifest(MANIFEST.replace("ngbak/1", format)), "its manifest's format is \"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/x", "a/b", "/etc/passwd", "..", "", "a\\\\b", "a\\u0000", "-rf"})
    void invalidBackupIdIsRefused(String id) throws IOException {
        assertDamaged(
                withManifest(MANIFEST.replace("\"" + TestArchives.ID + "\"", "\"" + id + "\"")),
                "the invalid backup_id");
    }

    @Test
    void wrongChecksumIsRefused() throws IOException {
        String checksum = Manifest.checksumOf(List.of(TestArchives.record(FILE, CONTENT)));
        String other = Manifest.checksumOf(List.of(TestArchives.record("kv/b.json", CONTENT)));
        String reason = "the checksum in its manifest does not match the files that the manifest lists";
        assertDamaged(withManifest(MANIFEST.replace(checksum, other)), reason);
        assertDamaged(withManifest(MANIFEST.replace(checksum, checksum.substring(7))), reason);
        assertDamaged(withManifest(MANIFEST.replace(checksum, checksum.replace("sha256:", "md5:"))), reason);
        assertDamaged(withManifest(MANIFEST.replace(checksum, "")), reason);
        // The content of a file and its listed digest are forged, but not the checksum.
        byte[] forged = "[1, 3]\n".getBytes(StandardCharsets.UTF_8);
        assertDamaged(
                new RawTar()
                        .file(
                                "manifest.json",
                                MANIFEST.replace(TestArchives.sha256(CONTENT), TestArchives.sha256(forged)))
                        .file(FILE, forged)
                        .complete(),
                reason);
    }

    @Test
    void manifestThatDiffersFromItsDigestIsRefused() throws IOException {
        String reason = "its manifest was changed after the archive was written";
        String right = "comment=sha256:" + TestArchives.sha256(bytes(MANIFEST));
        assertThat(read(new RawTar().pax(right).raw(validTar().complete()).withoutEnd()))
                .containsOnlyKeys(FILE);
        assertDamaged(
                new RawTar()
                        .pax(right.replace("sha256:", "sha256:0"))
                        .raw(validTar().complete())
                        .withoutEnd(),
                reason);
        assertDamaged(
                new RawTar().pax("comment=hello").raw(validTar().complete()).withoutEnd(), reason);
        assertDamaged(
                new RawTar()
                        .pax(right)
                        .raw(withManifest(MANIFEST.replace("\"note\": null", "\"note\": \"x\"")))
                        .withoutEnd(),
                reason);
    }

    @Test
    void invalidListedFileIsRefused() throws IOException {
        String sha256 = TestArchives.sha256(CONTENT);
        assertDamaged(
                withManifest(manifest(new ManifestEntry("manifest.json", 7, sha256))), "lists \"manifest.json\" twice");
        assertDamaged(
                withManifest(manifest(new ManifestEntry(FILE, 7, sha256), new ManifestEntry(FILE, 7, sha256))),
                "lists \"kv/a.json\" twice");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7", "\"size\": -7")), "no size for \"kv/a.json\"");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7", "\"size\": 7.0")), "no size for \"kv/a.json\"");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7", "\"size\": \"7\"")), "no size for \"kv/a.json\"");
        assertDamaged(
                withManifest(MANIFEST.replace("\"size\": 7", "\"size\": 7" + "0".repeat(25))),
                "no size for \"kv/a.json\"");
        assertDamaged(
                withManifest(MANIFEST.replace("\"size\": 7", "\"size\": 7" + "0".repeat(25_000))), "not valid JSON");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7", "\"size\": 1e400000000")), "its manifest");
        assertDamaged(withManifest(MANIFEST.replace("\"size\": 7,", "")), "no size for \"kv/a.json\"");
        assertDamaged(withManifest(MANIFEST.replace(sha256, sha256.substring(1))), "no SHA-256 for \"kv/a.json\"");
        assertDamaged(withManifest(MANIFEST.replace(sha256, "../" + sha256)), "no SHA-256 for \"kv/a.json\"");
        assertDamaged(withManifest(MANIFEST.replace("\"path\"", "\"Path\"")), "lacks \"path\"");
        assertDamaged(
                withManifest(MANIFEST.replaceFirst("(?s)\"files\": \\[.*\\]", "\"files\": [ 1 ]")), "lacks \"path\"");
        assertDamaged(
                withManifest(MANIFEST.replaceFirst("(?s)\"files\": \\[.*\\]", "\"files\": { }")), "no list of files");
    }

    @Test
    void invalidStoreIsRefused() throws IOException {
        String config = ArchivePaths.CONFIG;
        assertDamaged(
                new RawTar()
                        .file("manifest.json", manifest(TestArchives.record(config, CONTENT)))
                        .file(config, CONTENT)
                        .complete(),
                "states 3 records for kv, but lists no file of it");
        assertDamaged(
                withManifest(MANIFEST.replace("\"records\": 3", "\"records\": -3")),
                "an invalid number of records for kv");
        assertDamaged(
                withManifest(MANIFEST.replace("\"records\": 3", "\"records\": 3.5")),
                "an invalid number of records for kv");
        assertDamaged(
                withManifest(MANIFEST.replace("\"records\": 3", "\"records\": \"3\"")),
                "an invalid number of records for kv");
        assertDamaged(withManifest(MANIFEST.replace("0".repeat(64), "0")), "an invalid content_digest for kv");
        assertDamaged(
                withManifest(MANIFEST.replace("\"kv\": \"json\"", "\"kv\": \"../json\"")), "an invalid backend for kv");
        assertDamaged(withManifest(MANIFEST.replace("\"kv\": \"json\"", "\"kv\": 1")), "an invalid backend for kv");
        assertDamaged(
                withManifest(MANIFEST.replace("\"kv\": \"json\"", "\"no\": \"json\"")),
                "does not name the backend of kv");
    }

    @Test
    void invalidCountIsRefused() throws IOException {
        for (String number : List.of("-1", "3.5", "3e0", "\"3\"", "null", "[3]", "{}", "9223372036854775808")) {
            assertDamaged(
                    withManifest(MANIFEST.replace("\"documents\": 3", "\"documents\": " + number)),
                    "an invalid number in the statistics, for \"documents\"");
            assertDamaged(
                    withManifest(MANIFEST.replace("\"full_docs\": 3", "\"full_docs\": " + number)),
                    "an invalid number in the counts of kv, for \"full_docs\"");
        }
    }

    @Test
    void invalidOriginalNameIsRefused() throws IOException {
        String name = "\"kv/a.json\": \"a\"";
        assertThat(MANIFEST).contains(name);
        for (String other : List.of("1", "null", "[\"a\"]", "{}", "true", "\"\\ud800\"", "\"x\\udc00y\"")) {
            assertDamaged(
                    withManifest(MANIFEST.replace(name, "\"kv/a.json\": " + other)),
                    "its manifest has a name that is not valid Unicode");
        }
    }
}
