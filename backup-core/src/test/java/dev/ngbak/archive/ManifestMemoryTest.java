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

/** The memory for a manifest does not grow with its unknown members. */
class ManifestMemoryTest {

    private static final int THREADS = 12;
    private static final byte[] CONTENT = "[]".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    /** Reads an archive in several threads, keeps all results in memory, and prints them. */
    static final class ConcurrentReads {
        public static void main(String[] arguments) throws Exception {
            var threads = Executors.newFixedThreadPool(THREADS);
            List<Callable<Object>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
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
    void manifestWithAMillionElementsIsRefused(String thing) throws Exception {
        String manifest = withUnknown(thing.repeat(1_000_000));
        assertThat(readConcurrently(manifest).lines())
                .hasSize(THREADS)
                .allSatisfy(line -> assertThat(line).startsWith("CORRUPT").contains("Token count"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\",", "{},", "{\"a\":\"b\"},"})
    void unknownMembersNeedNoMemory(String thing) throws Exception {
        String manifest = withUnknown(thing.repeat(120_000));
        assertThat(readConcurrently(manifest).lines()).hasSize(THREADS).containsOnly("accepted");
    }

    private String readConcurrently(String manifest) throws Exception {
        byte[] tar = new RawTar()
                .file("manifest.json", manifest)
                .file("kv/a.json", CONTENT)
                .complete();
        Path archive = Files.write(folder.resolve("x.ngbak"), RawTar.gzip(tar));
        return SmallHeap.run(folder, 128, ConcurrentReads.class, archive.toString());
    }

    private static String withUnknown(String things) {
        ManifestEntry file = TestArchives.record("kv/a.json", CONTENT);
        return TestArchives.manifest(TestArchives.ID, List.of(file), Map.of())
                .text()
                .replaceFirst("\\{", "{ \"unknown\": [" + things + "0],");
    }

    /** 15,000 namespaces with two files each. Every file has a name, every namespace is counted twice. */
    @Test
    void manifestWithManyFilesNamesAndCountsIsRead() throws Exception {
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
                small.system(),
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
        assertThat(ManifestReader.isTooLarge(json)).isFalse();
        assertThat(ManifestReader.read(json)).isEqualTo(manifest);
    }
}
