package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileExportTest {

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("working");
    }

    private Settings settings() {
        return Settings.of(Map.of("WORKING_DIR", folder().toString()));
    }

    private StoreSummary export(StorageExporter exporter, InMemoryEntries entries) throws IOException {
        try (ExportSession session = exporter.open(settings())) {
            return Summaries.export(session, entries, Progress.NONE);
        }
    }

    private static BackupException failureOf(ThrowingCallable call) {
        BackupException failure = catchThrowableOfType(BackupException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.remedy()).isNotBlank();
        return failure;
    }

    private Optional<BackupException> scopeProblem(StorageExporter exporter) throws IOException {
        try (ExportSession session = exporter.open(settings())) {
            return session.scopeProblem();
        }
    }

    @Test
    void exportsFilesOfNanoGraphragAndOfItsForkByName() throws IOException {
        SampleFiles.write(folder(), "vdb_entities.json", "{\"embedding_dim\": 1, \"data\": [], \"matrix\": \"\"}");
        SampleFiles.write(
                folder(),
                "vdb_api_working_dir_entities.json",
                "{\"embedding_dim\": 1, \"data\": [{}], \"matrix\": \"AAAAAA==\"}");
        SampleFiles.write(folder(), "kv_store_llm_response_cache.json", "{\"a\":\r\n NaN}\r\n");
        SampleFiles.write(folder(), "graph_chunk_entity_relation.graphml", "<graphml/>");
        InMemoryEntries vectors = new InMemoryEntries("vectors/nano/");
        InMemoryEntries kv = new InMemoryEntries("kv/");
        InMemoryEntries graph = new InMemoryEntries("graph/");

        assertThat(export(new NanoExporter(), vectors).counts().counts())
                .isEqualTo(Map.of("entities", 0L, "api_working_dir_entities", 1L));
        assertThat(export(new JsonExporter(), kv).counts().counts()).isEqualTo(Map.of("llm_response_cache", 1L));
        assertThat(export(new NetworkxExporter(), graph).counts().counts())
                .isEqualTo(Map.of("entities", 0L, "relationships", 0L, "communities", 0L));

        assertThat(vectors.paths())
                .containsExactly("vectors/nano/api_working_dir_entities.json", "vectors/nano/entities.json");
        assertThat(kv.paths()).containsExactly("kv/llm_response_cache.json");
        assertThat(kv.content("llm_response_cache")).asString().isEqualTo("{\"a\":\r\n NaN}\r\n");
        assertThat(graph.paths()).containsExactly("graph/graph_chunk_entity_relation.graphml");
    }

    @Test
    void infoDescribesTheStore() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        SampleFiles.write(folder(), "kv_store_b.json", "{ }");
        try (ExportSession session = new JsonExporter().open(settings())) {
            assertThat(session.info().product()).isEqualTo("nano-graphrag JSON files");
            assertThat(session.info().form()).isEqualTo("json");
            assertThat(session.info().scope()).isEqualTo(Map.of("WORKING_DIR", folder().toString()));
            assertThat(session.info().bytes()).isEqualTo(5);
        }
    }

    @Test
    void exportFollowsLinks() throws IOException {
        SampleFiles.write(temporary, "elsewhere", "{\"a\": 1}");
        Files.createDirectories(folder());
        Files.createSymbolicLink(folder().resolve("kv_store_full_docs.json"), temporary.resolve("elsewhere"));

        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isEqualTo(1);
    }

    @Test
    void emptyDirectoryAndMissingKindExportNothing() throws IOException {
        Files.createDirectories(folder());
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isZero();
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        assertThat(export(new NanoExporter(), new InMemoryEntries("vectors/nano/"))
                        .records())
                .isZero();
        assertThat(export(new NetworkxExporter(), new InMemoryEntries("graph/")).records())
                .isZero();
    }

    @Test
    void missingDirectoryIsAScopeProblemAndExportsNothing() throws IOException {
        BackupException failure = scopeProblem(new JsonExporter()).orElseThrow();
        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.problem()).isEqualTo("WORKING_DIR is " + folder() + ": there is no such folder");
        assertThat(failure.remedy()).startsWith("Set WORKING_DIR to ");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isZero();
        assertThat(folder()).doesNotExist();
    }

    @Test
    void openFailsIfWorkingDirIsAFile() {
        SampleFiles.write(temporary, "working", "a file");
        BackupException failure = failureOf(() -> new NanoExporter().open(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.problem()).isEqualTo("WORKING_DIR is " + folder() + ": that is not a folder");
    }

    @Test
    void foreignDirectoryIsAScopeProblemAndExportsNothing() throws IOException {
        for (int i = 0; i < 7; i++) {
            SampleFiles.write(folder(), "photo" + i + ".jpg", "");
        }
        BackupException failure = scopeProblem(new NetworkxExporter()).orElseThrow();
        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.problem())
                .contains("WORKING_DIR", "contains no file of nano-graphrag", "photo0.jpg, photo1.jpg", "and 2 more");
        assertThat(export(new NetworkxExporter(), new InMemoryEntries("graph/")).records())
                .isZero();
    }

    @Test
    void missingKindIsNoScopeProblem() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        assertThat(scopeProblem(new NetworkxExporter())).isEmpty();
    }

    @Test
    void exportRawCopiesAMalformedFile() throws IOException {
        SampleFiles.write(folder(), "kv_store_cut.json", "{\"a\": {\"conte");
        SampleFiles.write(folder(), "kv_store_whole.json", "{}");
        InMemoryEntries entries = new InMemoryEntries("kv/");
        try (ExportSession session = new JsonExporter().open(settings())) {
            session.exportRaw(entries, RecordDigester.counting(), Progress.NONE);
        }
        assertThat(new String(entries.content("cut"), UTF_8)).isEqualTo("{\"a\": {\"conte");
        assertThat(new String(entries.content("whole"), UTF_8)).isEqualTo("{}");
    }

    @Test
    void openFailsIfVectorsAreInHnswlibFiles() throws IOException {
        SampleFiles.write(folder(), "entities_hnsw.index", "");
        SampleFiles.write(folder(), "entities_hnsw_metadata.pkl", "");
        BackupException failure = failureOf(() -> new NanoExporter().open(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem())
                .contains(
                        "VECTOR_BACKEND",
                        "entities_hnsw.index, entities_hnsw_metadata.pkl",
                        "Only hnswlib can read them");
        assertThat(failure.remedy()).contains("NanoVectorDBStorage");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isZero();
    }

    @Test
    void exportFailsOnATruncatedFile() {
        SampleFiles.write(folder(), "kv_store_text_chunks.json", "{\"chunk-1\": {\"content\": \"cut o");
        BackupException failure = failureOf(() -> export(new JsonExporter(), new InMemoryEntries("kv/")));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem())
                .startsWith(
                        "kv_store_text_chunks.json in WORKING_DIR (" + folder() + ") is not valid JSON at byte 30: ")
                .endsWith("It is probably being written, or was truncated when nano-graphrag was stopped");
    }

    @Test
    void openFailsOnADanglingLink() throws IOException {
        Files.createDirectories(folder());
        Files.createSymbolicLink(folder().resolve("kv_store_a.json"), temporary.resolve("nowhere"));
        BackupException failure = failureOf(() -> new JsonExporter().open(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem()).contains("kv_store_a.json", "is a dangling link");
    }

    @Test
    void exportWarnsOfADirectoryWithTheNameOfAFile() throws IOException {
        Files.createDirectories(folder().resolve("kv_store_a.json"));
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).warnings())
                .singleElement()
                .asString()
                .contains("kv_store_a.json", "left out");
    }

    @Test
    void openFailsOnANameThatIsNotUtf8() throws Exception {
        Files.createDirectories(folder());
        String create = "printf '{}' > \"$(printf 'kv_store_caf\\351.json')\"";
        assertThat(new ProcessBuilder("sh", "-c", create)
                        .directory(folder().toFile())
                        .start()
                        .waitFor())
                .isZero();
        BackupException failure = failureOf(() -> new JsonExporter().open(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure.problem()).contains("kv_store_caf", "has a name that this process cannot decode");
        assertThat(failure.remedy()).contains("LC_ALL=C.UTF-8");
    }

    @Test
    void exportNamesAFileThatDisappeared() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        try (ExportSession session = new JsonExporter().open(settings())) {
            BackupException failure = failureOf(() -> session.export(
                    (name, suffix, contents) -> {
                        Files.deleteIfExists(folder().resolve("kv_store_b.json"));
                        contents.writeTo(OutputStream.nullOutputStream());
                    },
                    RecordDigester.digesting(),
                    Progress.NONE));
            assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failure.problem()).contains("kv_store_b.json", "cannot be read");
        }
    }

    @Test
    void readFailsAfterAnAbort() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        try (ExportSession session = new JsonExporter().open(settings())) {
            session.abort();
            Assertions.assertThatThrownBy(() -> Summaries.read(session, Progress.NONE))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void markerChangesWithEveryKindOfChange() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{\"a\": 1}");
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        Path file = folder().resolve("kv_store_a.json");
        FileTime time = Files.getLastModifiedTime(file);
        try (ExportSession session = new JsonExporter().open(settings())) {
            List<ThrowingCallable> changes = List.of(
                    () -> Files.writeString(file, "{\"a\": 2}"),
                    () -> Files.setLastModifiedTime(file, time),
                    () -> {
                        SampleFiles.write(folder(), "new", "{\"a\": 2}");
                        Files.move(folder().resolve("new"), file, StandardCopyOption.REPLACE_EXISTING);
                        Files.setLastModifiedTime(file, time);
                    },
                    () -> Files.delete(folder().resolve("kv_store_b.json")),
                    () -> {
                        SampleFiles.write(folder(), "kv_store_c.json", "{}");
                        Files.delete(folder().resolve("kv_store_c.json"));
                    });
            ChangeMarker before = session.marker();
            assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            for (ThrowingCallable change : changes) {
                Assertions.assertThatCode(change).doesNotThrowAnyException();
                ChangeMarker after = session.marker();
                assertThat(before.until(after)).isEqualTo(Comparison.CHANGED);
                before = after;
            }
        }
    }

    @Test
    void markerChangesWithEachOfManyQuickWrites() throws IOException {
        Path file = folder().resolve("kv_store_a.json");
        SampleFiles.write(folder(), "kv_store_a.json", "{\"a\": 0}");
        try (ExportSession session = new JsonExporter().open(settings())) {
            for (int i = 0; i < 10; i++) {
                ChangeMarker before = session.marker();
                Files.writeString(file, "{\"a\": " + i + "}");
                assertThat(before.until(session.marker())).isEqualTo(Comparison.CHANGED);
            }
        }
    }

    @Test
    void markerIsUnknownIfAFileTimeIsInTheFuture() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        Files.setLastModifiedTime(
                folder().resolve("kv_store_a.json"), FileTime.from(Instant.now().plusSeconds(3600)));
        try (ExportSession session = new JsonExporter().open(settings())) {
            assertThat(session.marker()).isEqualTo(ChangeMarker.UNKNOWN);
        }
    }

    @Test
    void missingDirectoryHasAMarkerThatChangesWhenItIsCreated() throws IOException {
        try (ExportSession session = new JsonExporter().open(settings())) {
            ChangeMarker missing = session.marker();
            assertThat(missing.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            SampleFiles.write(folder(), "kv_store_a.json", "{}");
            assertThat(missing.until(session.marker())).isEqualTo(Comparison.CHANGED);
        }
    }
}
