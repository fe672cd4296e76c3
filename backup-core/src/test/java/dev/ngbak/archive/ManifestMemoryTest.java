package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that a manifest needs little more memory than its known members. */
class ManifestMemoryTest {

    private static final int AT_ONCE = 12;
    private static final byte[] CONTENT = "[]".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    /** Reads an archive in several threads at once, and keeps and prints the results. */
    static final class ReadAtOnce {
        public static void main(String[] arguments) throws Exception {
            var threads = Executors.newFixedThreadPool(AT_ONCE);
            List<Callable<Object>> tasks = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                tasks.add(() -> {
                    try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(Path.of(arguments[0])))) {
                        return reader.manifest();
                    } catch (BackupException e) {
                        return e;
                    }
                });
            }
            List<Future<Object>> results = threads.invokeAll(tasks);
            for (Future<Object> result : results) {
                System.out.println(
                        result.get() instanceof BackupException e ? e.kind() + " " + e.getMessage() : "accepted");
            }
            threads.shutdown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\",", "{},", "[],", "\"a\",", "{\"a\":1},"})
    void manifestWithAMillionValuesIsRefused(String thing) throws Exception {
        String manifest = withUnknown(thing.repeat(1_000_000));
        assertThat(readAtOnce(manifest).lines())
                .hasSize(AT_ONCE)
                .allSatisfy(line -> assertThat(line).startsWith("CORRUPT").contains("Token count"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\",", "{},", "{\"a\":\"b\"},"})
    void unknownMembersTakeNoMemory(String thing) throws Exception {
        String manifest = withUnknown(thing.repeat(120_000));
        assertThat(readAtOnce(manifest).lines()).hasSize(AT_ONCE).containsOnly("accepted");
    }

    private String readAtOnce(String manifest) throws Exception {
        byte[] tar = new RawTar()
                .file("manifest.json", manifest)
                .file("kv/a.json", CONTENT)
                .ended();
        Path archive = Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar));
        return SmallHeap.run(folder, 128, ReadAtOnce.class, archive.toString());
    }

    private static String withUnknown(String things) {
        ManifestEntry file = TestArchives.record("kv/a.json", CONTENT);
        return TestArchives.manifest(TestArchives.ID, List.of(file), Map.of())
                .text()
                .replaceFirst("\\{", "{ \"unknown\": [" + things + "0],");
    }

    /** Two files for each of 15,000 namespaces, each with a name and counted twice. */
    @Test
    void manyFilesWithNamesAndCountsAreRead() throws Exception {
        List<ManifestEntry> files = new ArrayList<>();
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 0; i < 15_000; i++) {
            String name = String.format("namespace number %05d", i);
            counts.put(name, 1L);
            for (String suffix : List.of(".json", ".redis.jsonl")) {
                ManifestEntry file = TestArchives.record("kv/" + ArchivePaths.fileName(name, suffix), CONTENT);
                files.add(file);
                names.put(file.path(), name);
            }
        }
        Manifest small = TestArchives.manifest(TestArchives.ID, files, names);
        Manifest.Store store = small.stores().get(Role.KV);
        Manifest manifest = new Manifest(
                small.backupId(),
                small.createdAt(),
                small.createdBy(),
                small.nanoGraphragVersion(),
                small.note(),
                counts,
                Map.of(
                        Role.KV,
                        new Manifest.Store(
                                store.backend(),
                                store.info(),
                                new StoreSummary(15_000, new StoreCounts(counts), null, List.of()),
                                names)),
                small.consistency(),
                small.durationMs(),
                files,
                small.checksum());
        byte[] json = manifest.text().getBytes(StandardCharsets.UTF_8);
        assertThat(ManifestJson.isTooLarge(json)).isFalse();
        assertThat(ManifestJson.read(json)).isEqualTo(manifest);
    }
}
