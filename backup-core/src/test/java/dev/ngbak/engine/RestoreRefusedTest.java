package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Restores that are refused before anything is changed. */
class RestoreRefusedTest extends RestoreFixture {

    @Test
    void preflightReportsTheProblemsOfAllStores() throws IOException {
        doReturn(List.of(new BackupException(Kind.NO_SPACE, "No room for the graph", "Make some")))
                .when(graph.restore)
                .problems(any(), anyLong());
        doThrow(new IllegalStateException("a defect")).when(vector.restore).problems(any(), anyLong());
        doThrow(new BackupException(Kind.UNREACHABLE, "No documents", "Start them"))
                .when(kv.restorer)
                .open(any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));
        RestorePlan plan = manager().plan(archive(backup), RestoreOptions.DEFAULT, new Job());

        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(e.problem())
                .contains("No room for the graph")
                .contains("the vector store was being inspected")
                .contains("No documents");
        assertThat(job.failedStores()).containsExactlyInAnyOrder(Role.VECTOR, Role.KV);
        assertThat(plan.problems()).hasSize(3);
        assertPreviousData();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void archiveOfAnotherBackendIsRefused() {
        FakeStore redis = new FakeStore(Role.KV, "redis", "x");
        environment.put("KV_BACKEND", "redis");
        BackupManager manager = new BackupManager(
                Settings.of(environment),
                List.of(graph.exporter, vector.exporter, kv.exporter, redis.exporter),
                List.of(graph.restorer, vector.restorer, kv.restorer, redis.restorer),
                Clock.systemUTC());

        RestorePlan plan = manager.plan(archive(backup), RestoreOptions.DEFAULT, new Job());

        assertThat(plan.problems()).singleElement().asString().contains("json").contains("KV_BACKEND");
        assertThat(plan.problemKind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(redis.lines).containsExactly("x");
    }

    @Test
    void planShowsChangesAndChangesNothing() {
        List<String> before = repositoryFiles();

        RestorePlan plan = manager().plan(archive(backup), RestoreOptions.DEFAULT, new Job());

        assertThat(plan.changes()).containsEntry("documents", -1L).containsEntry("entities", 0L);
        assertThat(repositoryFiles()).isEqualTo(before);
        assertPreviousData();
    }

    @Test
    void planDoesNotCreateTheRepository() throws IOException {
        Path elsewhere = Files.move(file(backup), temp.resolve("a.ngbak"));
        environment.put("BACKUP_DIR", temp.resolve("not/yet").toString());

        RestorePlan plan = manager().plan(archive(elsewhere), RestoreOptions.DEFAULT, new Job());

        assertThat(plan.problems()).isEmpty();
        assertThat(temp.resolve("not")).doesNotExist();
    }

    @Test
    void tooLittleDiskSpaceIsRefusedWithNumbers() {
        vector.bytes = 1L << 60;

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(e.problem())
                .contains("safety archive of the present state needs at least")
                .containsPattern("[\\d.]+ \\wiB on the disk of BACKUP_DIR, where [\\d.]+ \\wiB is free");
        assertPreviousData();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        assertThat(restore(backup, WITHOUT_SAFETY_ARCHIVE, job()).safetyArchive())
                .isNull();
    }

    /** Repacks the archive with changed, additional or missing files. */
    private void repack(Map<String, byte[]> change) throws IOException {
        repack(change, new LinkedHashMap<>());
    }

    /** @param files decides the order of the files in the archive */
    private void repack(Map<String, byte[]> change, Map<String, byte[]> files) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(archive(backup))) {
            files.put("manifest.json", reader.manifestText().getBytes(StandardCharsets.UTF_8));
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                files.put(file.path(), reader.content().readAllBytes());
            }
        }
        change.forEach((path, content) -> {
            if (content == null) {
                assertThat(files.remove(path)).isNotNull();
            } else {
                files.put(path, content);
            }
        });
        try (OutputStream out = Files.newOutputStream(file(backup));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (var file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
    }

    /** A repacked archive can have any file order, even with the files of several stores interleaved. */
    @Test
    void archiveWithInterleavedStoresRestores() throws IOException {
        all.forEach(store -> store.twoFiles = true);
        graph.lines.set(0, "a");
        vector.lines.addAll(List.of("v1", "v2", "v3"));
        kv.lines.remove("newer");
        backup = manager().create("interleaved", null, new Job());
        Comparator<String> byFileName = Comparator.comparing(path -> path.substring(path.lastIndexOf('/') + 1));
        repack(Map.of(), new TreeMap<>(byFileName.thenComparing(Comparator.reverseOrder())));
        assertThat(paths()).containsSubsequence("kv/lines.txt", "graph/lines.txt", "kv/more.txt");
        all.forEach(store -> store.write("changed"));

        restore();

        assertNewData();
    }

    private List<String> paths() throws IOException {
        List<String> paths = new ArrayList<>();
        try (ArchiveReader reader = ArchiveReader.open(archive(backup))) {
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                paths.add(file.path());
            }
        }
        return paths;
    }

    private static Map<String, byte[]> without(String path) {
        Map<String, byte[]> change = new LinkedHashMap<>();
        change.put(path, null);
        return change;
    }

    private void assertRefusedBeforeAnyStoreIsOpened() throws IOException {
        int[] written = all.stream().mapToInt(store -> store.written).toArray();

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(all.stream().mapToInt(store -> store.written).toArray()).isEqualTo(written);
        for (FakeStore store : all) {
            verify(store.restorer, never()).open(any());
        }
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        assertPreviousData();
    }

    @Test
    void repackedArchiveRestores() throws IOException {
        repack(Map.of());
        restore();
        assertNewData();
    }

    @Test
    void changedByteInAnyFileIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file(backup));
        for (ManifestEntry file : backup.manifest().files()) {
            Map<String, byte[]> change = new LinkedHashMap<>();
            try (ArchiveReader reader = ArchiveReader.open(archive(backup))) {
                for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                    if (entry.equals(file)) {
                        byte[] content = reader.content().readAllBytes();
                        content[content.length / 2] ^= 1;
                        change.put(file.path(), content);
                    }
                }
            }
            repack(change);
            assertRefusedBeforeAnyStoreIsOpened();
            Files.write(file(backup), whole);
        }
    }

    @Test
    void missingFileIsRefused() throws IOException {
        repack(without("graph/lines.txt"));
        assertRefusedBeforeAnyStoreIsOpened();
    }

    @ParameterizedTest
    @CsvSource({
        "documents, 1",
        "entities, 2",
        "relationships, 0",
        "communities, 0",
        "chunks, 0",
        "community_reports, 0",
        "vectors.entities, 3",
        "kv.full_docs, 1"
    })
    void statisticsThatContradictTheRecordsAreRefused(String name, int right) throws IOException {
        String member = "\"" + name + "\": " + right;
        assertThat(backup.manifestText()).contains(member);
        repack(manifest(member, "\"" + name + "\": 77"));
        assertRefusedBeforeAnyStoreIsOpened();
        assertThat(failure(this::restore).problem())
                .contains("its statistics say 77 " + name + ", but it contains " + right);
    }

    @Test
    void missingAndUnknownStatisticsAreAccepted() throws IOException {
        repack(manifest("\"documents\": 1,", "\"pages\": 12,"));
        restore();
        assertNewData();
    }

    /** The records would be replaced by nothing, and nothing could prove it. */
    @Test
    void storeOfUnknownSizeWithoutFilesIsRefused() throws IOException {
        for (String form : List.of("lines", "raw")) {
            byte[] whole = Files.readAllBytes(file(backup));
            Map<String, byte[]> change = manifestWithoutGraph(form);
            change.put("graph/lines.txt", null);
            repack(change);
            assertRefusedBeforeAnyStoreIsOpened();
            assertThat(failure(this::restore).problem())
                    .contains("does not state the number of records of graph, and lists no file of it");
            Files.write(file(backup), whole);
        }
    }

    /** Replaces the first occurrence in the manifest, which is in the statistics. */
    private Map<String, byte[]> manifest(String what, String instead) {
        String changed = backup.manifestText().replaceFirst(Pattern.quote(what), instead);
        return Map.of("manifest.json", changed.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns an otherwise valid manifest of an archive without a file of the graph. */
    private Map<String, byte[]> manifestWithoutGraph(String form) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) mapper.readTree(backup.manifestText());
        ((ObjectNode) manifest.get("stores").get("graph"))
                .put("form", form)
                .putNull("records")
                .putNull("content_digest")
                .remove(List.of("counts", "names"));
        ((ObjectNode) manifest.get("statistics")).put("entities", 0);
        List<ManifestEntry> files = backup.manifest().files().stream()
                .filter(file -> !file.path().equals("graph/lines.txt"))
                .toList();
        var listed = manifest.putArray("files");
        files.forEach(file -> listed.addObject()
                .put("path", file.path())
                .put("size", file.size())
                .put("sha256", file.sha256()));
        manifest.put("checksum", Manifest.checksumOf(files));
        Map<String, byte[]> change = new LinkedHashMap<>();
        change.put("manifest.json", mapper.writeValueAsBytes(manifest));
        return change;
    }

    @Test
    void extraFileIsRefused() throws IOException {
        repack(Map.of("kv/more.txt", new byte[] {'x'}));
        assertRefusedBeforeAnyStoreIsOpened();
    }
}
