package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads what ngbak 0.1 left on disk: archives in every form, and journals of interrupted restores. The expected values come
 * from 0.1 itself; {@code golden/README.md} describes how the files were made. Only the command line is used, because it is
 * what stays the same between versions.
 *
 * <p>The stack tests restore the archives that need servers.
 */
class GoldenArchivesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The test folder in the fixtures' journals, which hold absolute paths. */
    private static final String FOLDER = "@DIR@";

    @TempDir
    private Path temp;

    private Path home;
    private NgbakProcess ngbak;

    @BeforeEach
    void useAnEmptyFolder() throws IOException {
        home = temp.toRealPath();
        ngbak = new NgbakProcess(home);
    }

    private static Path golden(String name) {
        try {
            return Path.of(GoldenArchivesTest.class.getResource("/golden").toURI())
                    .resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<String> archives() throws IOException {
        return names(golden("archives"), ".ngbak");
    }

    static Stream<String> journals() throws IOException {
        return names(golden("journals"), ".json");
    }

    private static Stream<String> names(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static JsonNode expected(String archive) throws IOException {
        return JSON.readTree(golden("expected/" + archive + ".json").toFile());
    }

    private void addToRepository(String archive) throws IOException {
        Files.createDirectories(ngbak.backups());
        Files.copy(golden("archives/" + archive + ".ngbak"), ngbak.backups().resolve(archive + ".ngbak"));
    }

    private JsonNode succeed(String... arguments) throws IOException, InterruptedException {
        CommandResult ended = ngbak.run(
                Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new));
        assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
        return ended.result();
    }

    /** The SHA-256 of each file in the working directory, hidden ones included. */
    private Map<String, String> workingDirectory() throws IOException, NoSuchAlgorithmException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(ngbak.workingDir())) {
            for (Path file : files.toList()) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                digests.put(file.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        return digests;
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.properties()
                .forEach(member -> texts.put(member.getKey(), member.getValue().asText()));
        return texts;
    }

    /** Later versions may add members to a result, but may not change or drop those of 0.1. */
    private static void assertIncludes(String where, JsonNode actual, JsonNode expected) {
        if (expected.isObject()) {
            assertThat(actual.isObject()).as(where + " is an object").isTrue();
            expected.properties()
                    .forEach(member -> assertIncludes(
                            where + "/" + member.getKey(), actual.path(member.getKey()), member.getValue()));
        } else {
            assertThat(actual).as(where).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("archives")
    void inspectReportsTheManifestThat01Wrote(String archive) throws Exception {
        addToRepository(archive);

        JsonNode inspected = succeed("inspect", archive);

        assertIncludes(archive, inspected, expected(archive).path("inspect"));
    }

    @ParameterizedTest
    @MethodSource("archives")
    void verifyDecodesEveryRecordThat01Decoded(String archive) throws Exception {
        addToRepository(archive);

        JsonNode verified = succeed("verify", archive);

        JsonNode manifest = expected(archive).path("inspect");
        assertThat(verified.path("decoded")).isEqualTo(expected(archive).path("decoded"));
        assertThat(verified.path("warnings").isEmpty())
                .as("no warning, unless a store could not be decoded")
                .isEqualTo(verified.path("decoded").size() == 3);
        assertThat(verified.path("checksum")).isEqualTo(manifest.path("checksum"));
        assertIncludes(archive, verified.path("statistics"), manifest.path("statistics"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"files-gzip", "files-zstd", "files-none"})
    void filesAreRestoredByteForByteWithTheSameDigests(String archive) throws Exception {
        addToRepository(archive);
        WorkingFolders.make(ngbak.workingDir(), 4, 1);
        Files.writeString(ngbak.workingDir().resolve("kv_store_not_in_the_archive.json"), "{}");

        JsonNode restored = succeed("restore", archive, "--yes");

        assertThat(texts(restored.path("proofs")).values())
                .hasSize(3)
                .allSatisfy(proof -> assertThat(proof).isEqualTo("content digest"));
        assertThat(workingDirectory()).isEqualTo(texts(expected(archive).path("files")));
        succeed("backup", "--id", "again");
        JsonNode again = succeed("inspect", "again");
        JsonNode manifest = expected(archive).path("inspect");
        for (String role : new String[] {"graph", "vector", "kv"}) {
            JsonNode store = manifest.at("/stores/" + role);
            assertThat(store.path("content_digest").isTextual()).isTrue();
            assertIncludes(role, again.at("/stores/" + role), store);
        }
        assertIncludes("statistics", again.path("statistics"), manifest.path("statistics"));
    }

    @ParameterizedTest
    @ValueSource(strings = "pre-restore_2026-11-30T02-31-36Z")
    void brokenFilesInASafetyArchiveAreRestoredByteForByte(String archive) throws Exception {
        addToRepository(archive);
        WorkingFolders.make(ngbak.workingDir(), 4, 1);

        JsonNode restored = succeed("restore", archive, "--yes");

        assertThat(texts(restored.path("proofs")))
                .isEqualTo(Map.of("graph", "content digest", "vector", "bytes", "kv", "bytes"));
        assertThat(workingDirectory()).isEqualTo(texts(expected(archive).path("files")));
    }

    @ParameterizedTest
    @MethodSource("journals")
    void recoverSettlesARestoreThat01LeftOpen(String name) throws Exception {
        copyInterrupted(name);
        JsonNode expected = JSON.readTree(golden("journals/" + name + ".json").toFile());
        assertThat(workingDirectory()).isNotEqualTo(texts(expected.path("files")));

        JsonNode recovered = succeed("recover");

        assertThat(recovered.path("recovery")).isEqualTo(expected.path("recovery"));
        assertThat(workingDirectory()).isEqualTo(texts(expected.path("files")));
        assertThat(ngbak.backups().resolve(".ngbak/restore.journal")).doesNotExist();
        assertThat(ngbak.backups().resolve(".ngbak/way-back.ngbak")).doesNotExist();
        assertThat(succeed("recover").path("recovery").asText()).isEqualTo("nothing");
    }

    private void copyInterrupted(String name) throws IOException {
        Path fixture = golden("journals/" + name);
        try (Stream<Path> tree = Files.walk(fixture)) {
            for (Path source : tree.toList()) {
                Path target = home.resolve(fixture.relativize(source).toString());
                if (source.endsWith("restore.journal")) {
                    Files.write(
                            target,
                            Files.readAllLines(source).stream()
                                    .map(this::localize)
                                    .toList());
                } else if (!source.equals(fixture)) {
                    Files.copy(source, target);
                }
            }
        }
    }

    /** Each line of a journal is a CRC-32 in hexadecimal, a space and a JSON object; see docs/FORMAT.md. */
    private String localize(String line) {
        if (!line.contains(FOLDER)) {
            return line;
        }
        String json = line.substring(9).replace(FOLDER, home.toString());
        CRC32 crc = new CRC32();
        crc.update(json.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x %s", crc.getValue(), json);
    }
}
