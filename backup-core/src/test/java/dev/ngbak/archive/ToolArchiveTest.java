package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads archives of nano-graphrag's own backup tool, of which the golden one was made by a script that does what it does. */
class ToolArchiveTest {

    private static final String MANIFEST = """
            {
              "backup_id": "mine",
              "created_at": "2025-10-06 14:30:00.765989+00:00",
              "nano_graphrag_version": "0.0.8.2",
              "storage_backends": {
                "graph": "neo4j",
                "vector": "qdrant",
                "kv": "redis"
              },
              "statistics": {
                "entities": 400,
                "reports": 3
              }
            }""";

    @TempDir
    Path folder;

    private final Map<String, String> files = new LinkedHashMap<>();

    @BeforeEach
    void fill() {
        files.put("config/graphrag_config.json", "{}");
        files.put("graph/neo4j.dump", "x".repeat(1000));
        files.put("kv/full_docs.json", "{}");
        files.put("manifest.json", MANIFEST);
        files.put("qdrant/chunks.snapshot", "snapshot");
    }

    /** Packs the files in this order, with a directory entry at the beginning and {@code ./} in front of names. */
    private Path pack(List<String> order) throws IOException {
        RawTar tar = new RawTar().entry('5', "./", new byte[0]).entry('5', "./config/", new byte[0]);
        for (String path : order) {
            tar.file("./" + path, path.equals("manifest.json") ? withChecksum() : files.get(path));
        }
        return Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar.complete()));
    }

    private Path pack() throws IOException {
        return pack(List.copyOf(files.keySet()));
    }

    private String withChecksum() {
        MessageDigest digest = ContentDigest.sha256();
        files.forEach((path, content) -> digest.update((path + content).getBytes(StandardCharsets.UTF_8)));
        return files.get("manifest.json")
                .replaceFirst(
                        "\n}$", ",\n  \"checksum\": \"sha256:" + HexFormat.of().formatHex(digest.digest()) + "\"\n}");
    }

    private static BackupException failure(ThrowingCallable reading) {
        BackupException[] thrown = new BackupException[1];
        assertThatExceptionOfType(BackupException.class).isThrownBy(reading).satisfies(e -> thrown[0] = e);
        return thrown[0];
    }

    private void assertDamaged(Path archive, String why) {
        BackupException e = failure(() -> readAll(archive));
        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(e.problem()).contains("x.ngbak is damaged", why);
    }

    private static Map<String, String> readAll(Path archive) throws IOException {
        Map<String, String> contents = new LinkedHashMap<>();
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
            for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                byte[] content = reader.content().readAllBytes();
                assertThat(content).hasSize((int) entry.size());
                contents.put(entry.path(), new String(content, StandardCharsets.UTF_8));
            }
        }
        return contents;
    }

    @Test
    void goldenArchiveIsReadWithThePathsOfNgbak() throws IOException, URISyntaxException {
        Path golden = Path.of(ToolArchiveTest.class
                .getResource("/golden/nano-graphrag-backup.ngbak")
                .toURI());

        Map<String, String> contents = readAll(golden);

        assertThat(contents)
                .containsOnlyKeys(
                        "config/graphrag_config.json",
                        "graph/neo4j.dump",
                        "kv/community_reports.json",
                        "kv/full_docs.json",
                        "kv/llm_response_cache.json",
                        "kv/text_chunks.json",
                        "vectors/qdrant/api_working_dir_chunks.snapshot",
                        "vectors/qdrant/api_working_dir_entities.snapshot");
        assertThat(contents.get("graph/neo4j.dump")).startsWith(":begin\nCREATE FULLTEXT INDEX");
        Manifest manifest = ArchiveInfo.read(new ArchiveFile(golden)).manifest();
        assertThat(manifest.isOfOtherTool()).isTrue();
        assertThat(manifest.createdAt()).isEqualTo(Instant.parse("2025-10-06T14:30:00Z"));
        assertThat(manifest.createdBy()).isEqualTo("nano-graphrag's own backup tool");
        assertThat(manifest.system().version()).isEqualTo("0.0.8.2");
        assertThat(manifest.consistency().grade()).isEqualTo(Grade.FUZZY);
        assertThat(manifest.statistics()).containsEntry("entities", 3L).containsEntry("community_reports", 1L);
        assertThat(manifest.stores()).containsOnlyKeys(Role.values());
        assertThat(manifest.stores().values())
                .allSatisfy(store -> assertThat(store.info().form()).isEqualTo(StoreInfo.OTHER_TOOL));
        assertThat(manifest.stores().get(Role.VECTOR).names())
                .containsEntry("vectors/qdrant/api_working_dir_chunks.snapshot", "api_working_dir_chunks");
        assertThat(manifest.text()).contains("\"format\": \"nano-graphrag-backup\"");
    }

    @Test
    void archiveInAnyOrderIsRead() throws IOException {
        Map<String, String> inOrder = readAll(pack());
        for (int i = 1; i < files.size(); i++) {
            List<String> order = new ArrayList<>(files.keySet());
            Collections.rotate(order, i);
            assertThat(readAll(pack(order))).containsExactlyInAnyOrderEntriesOf(inOrder);
        }
        List<String> reversed = new ArrayList<>(files.keySet());
        Collections.reverse(reversed);
        assertThat(readAll(pack(reversed))).containsExactlyInAnyOrderEntriesOf(inOrder);
    }

    @Test
    void listingShowsAnArchiveWhoseManifestIsNearTheBeginning() throws IOException {
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(pack()))) {
            assertThat(reader.manifest().backupId().text()).isEqualTo("mine");
            assertThat(reader.manifest().stores()).containsOnlyKeys(Role.values());
            assertThat(reader.manifest().files()).isEmpty();
        }
        assertThat(ArchiveInfo.read(new ArchiveFile(pack())).manifest().files()).hasSize(4);

        files.put("graph/neo4j.dump", "x".repeat(17 << 20));
        assertThat(failure(() -> ArchiveReader.openManifest(new ArchiveFile(pack()))
                                .close())
                        .problem())
                .contains("its first file is not manifest.json");
        assertThat(ArchiveInfo.read(new ArchiveFile(pack())).manifest().isOfOtherTool())
                .isTrue();
    }

    @Test
    void changedByteNameOrManifestIsDamage() throws IOException {
        String checksum = withChecksum();
        for (Runnable change : List.<Runnable>of(
                () -> files.put("graph/neo4j.dump", "y" + "x".repeat(999)),
                () -> files.put("kv/text_chunks.json", files.remove("kv/full_docs.json")),
                () -> files.put("manifest.json", MANIFEST.replace("400", "401")))) {
            fill();
            change.run();
            String changed =
                    files.get("manifest.json").replaceFirst("\n}$", "") + checksum.substring(MANIFEST.length() - 2);
            files.put("manifest.json", changed);
            RawTar tar = new RawTar();
            files.forEach(tar::file);
            Path archive = Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar.complete()));

            assertDamaged(archive, "have the checksum sha256:");
        }
    }

    @Test
    void manifestWithoutAChecksumAtItsEndIsRefused() throws IOException {
        RawTar tar = new RawTar();
        files.forEach(tar::file);
        assertDamaged(
                Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar.complete())), "its manifest lacks \"format\"");

        files.put("manifest.json", MANIFEST.replace("{\n  \"backup_id\"", "{\n  \"checksum\": \"\",\n  \"backup_id\""));
        tar = new RawTar();
        files.forEach(tar::file);
        assertDamaged(
                Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar.complete())),
                "its manifest does not end with a checksum");
    }

    @Test
    void fileThatTheToolDoesNotWriteIsRefused() throws IOException {
        for (String path : List.of("qdrant/a/b", "vectors/qdrant/x", "notes.txt", "kv/", "config/other.json")) {
            files.put(path, "x");
            Path archive = pack(files.keySet().stream().sorted().toList());
            assertThat(failure(() -> readAll(archive)).kind()).as(path).isEqualTo(Kind.CORRUPT);
            files.remove(path);
        }
        files.put("x.txt", "x");
        assertDamaged(pack(), "\"x.txt\", which is not a file that nano-graphrag's backup tool writes");
    }

    @Test
    void storeWithoutFilesIsRefused() throws IOException {
        files.remove("graph/neo4j.dump");

        assertDamaged(pack(), "names the graph store neo4j, but it contains no file of it");
    }

    @Test
    void storeThatTheSystemDoesNotUseIsNotInTheArchive() throws IOException {
        files.remove("kv/full_docs.json");
        files.put("manifest.json", MANIFEST.replace("\"redis\"", "\"nonetype\""));

        assertThat(ArchiveInfo.read(new ArchiveFile(pack())).manifest().stores())
                .containsOnlyKeys(Role.GRAPH, Role.VECTOR);
    }

    @Test
    void hostileTarIsRefused() throws IOException {
        for (var hostile : Map.of(
                        "\"graph/link\" is a symbolic link", new RawTar().entry('2', "graph/link", new byte[0]),
                        "\"..\" in it", new RawTar().file("graph/../x", "x"),
                        "an absolute name", new RawTar().file("/etc/passwd", "x"),
                        "contains \"graph/a\" twice",
                                new RawTar().file("graph/a", "x").file("graph/a", "x"))
                .entrySet()) {
            Path archive = folder.resolve("x.ngbak");
            String manifest = withChecksum();
            Files.write(
                    archive,
                    RawTar.gzip(
                            hostile.getValue().file("manifest.json", manifest).complete()));
            assertDamaged(archive, hostile.getKey());
        }
        files.clear();
        for (int i = 0; i < 65; i++) {
            files.put("kv/" + i + ".json", "{}");
        }
        files.put("manifest.json", MANIFEST);
        assertDamaged(pack(), "more than 64 files");
    }

    @Test
    void archiveThatUnpacksToTooMuchIsRefused() throws IOException {
        files.put("graph/neo4j.dump", "x".repeat(100_000));
        ArchiveFile archive = new ArchiveFile(pack());
        ToolArchive.Opening opening = () -> {
            try {
                return new TarInput(Compression.open(archive, () -> {}));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };

        assertThat(ToolArchive.read(opening, 101_000).manifest().files()).hasSize(4);
        assertThatExceptionOfType(RefusedArchiveException.class)
                .isThrownBy(() -> ToolArchive.read(opening, 99_000))
                .withMessageContaining("it unpacks to more than 99000 bytes");
    }

    @Test
    void invalidMemberIsRefused() throws IOException {
        files.put("manifest.json", MANIFEST.replace("\"mine\"", "\"../mine\""));
        assertDamaged(pack(), "the invalid backup_id");
        files.put("manifest.json", MANIFEST.replace("\"qdrant\"", "\"../x\""));
        assertDamaged(pack(), "an invalid backend for vector");
        files.put("manifest.json", MANIFEST.replace("\"entities\"", "\"reports\""));
        assertDamaged(pack(), "its manifest is not valid JSON: Duplicate field 'reports'");
        files.put("manifest.json", MANIFEST.replace("400", "\"" + "x".repeat(70_000) + "\""));
        assertDamaged(pack(), "more than the tool writes");
    }

    @Test
    void otherManifestWithoutAFormatIsDamaged() throws IOException {
        for (String manifest : List.of(
                MANIFEST.replace("\"backup_id\"", "\"id\""),
                MANIFEST.replace("\"created_at\"", "\"files\""),
                MANIFEST.replace("\"created_at\"", "\"format\""),
                "{\n}")) {
            files.put("manifest.json", manifest);
            Path archive = pack();
            assertThat(failure(() -> readAll(archive)).kind()).isEqualTo(Kind.CORRUPT);
        }
    }
}
