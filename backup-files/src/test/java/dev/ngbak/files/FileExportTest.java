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
import dev.ngbak.testkit.InMemoryEntries;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

    private StoreSummary export(StorageExporter exporter, InMemoryEntries shelf) throws IOException {
        try (ExportSession session = exporter.open(settings())) {
            return session.export(shelf, Progress.NONE);
        }
    }

    private static BackupException refused(ThrowingCallable call) {
        BackupException refusal = catchThrowableOfType(BackupException.class, call);
        assertThat(refusal).isNotNull();
        assertThat(refusal.remedy()).isNotBlank();
        return refusal;
    }

    private BackupException mistake(StorageExporter exporter) throws IOException {
        try (ExportSession session = exporter.open(settings())) {
            return session.scopeProblem();
        }
    }

    @Test
    void takesTheFilesOfUpstreamAndOfTheForkByTheirNames() throws IOException {
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
    void saysWhatTheStoreIs() throws IOException {
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
    void readsThroughALink() throws IOException {
        SampleFiles.write(temporary, "elsewhere", "{\"a\": 1}");
        Files.createDirectories(folder());
        Files.createSymbolicLink(folder().resolve("kv_store_full_docs.json"), temporary.resolve("elsewhere"));

        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isEqualTo(1);
    }

    @Test
    void anEmptyFolderAndAMissingKindAreNormal() throws IOException {
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
    void aFolderThatIsNotThereIsAMistakeAndEmpty() throws IOException {
        BackupException refusal = mistake(new JsonExporter());
        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal.problem()).isEqualTo("WORKING_DIR is " + folder() + ": there is no such folder");
        assertThat(refusal.remedy()).startsWith("Set WORKING_DIR to ");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isZero();
        assertThat(folder()).doesNotExist();
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() {
        SampleFiles.write(temporary, "working", "a file");
        BackupException refusal = refused(() -> new NanoExporter().open(settings()));
        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal.problem()).isEqualTo("WORKING_DIR is " + folder() + ": that is not a folder");
    }

    @Test
    void aFolderOfSomethingElseIsAMistakeAndEmpty() throws IOException {
        for (int i = 0; i < 7; i++) {
            SampleFiles.write(folder(), "photo" + i + ".jpg", "");
        }
        BackupException refusal = mistake(new NetworkxExporter());
        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal.problem())
                .contains("WORKING_DIR", "no file of nano-graphrag", "photo0.jpg, photo1.jpg", "and 2 more");
        assertThat(export(new NetworkxExporter(), new InMemoryEntries("graph/")).records())
                .isZero();
    }

    @Test
    void aFolderOfNanoGraphragIsNoMistakeThoughAKindIsMissing() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        assertThat(mistake(new NetworkxExporter())).isNull();
    }

    @Test
    void savesABrokenFileAsItIs() throws IOException {
        SampleFiles.write(folder(), "kv_store_cut.json", "{\"a\": {\"conte");
        SampleFiles.write(folder(), "kv_store_whole.json", "{}");
        InMemoryEntries shelf = new InMemoryEntries("kv/");
        try (ExportSession session = new JsonExporter().open(settings())) {
            StoreSummary saved = session.exportRaw(shelf, Progress.NONE);
            assertThat(saved).isEqualTo(StoreSummary.opaque());
        }
        assertThat(new String(shelf.content("cut"), UTF_8)).isEqualTo("{\"a\": {\"conte");
        assertThat(new String(shelf.content("whole"), UTF_8)).isEqualTo("{}");
    }

    @Test
    void refusesHnswlibByName() throws IOException {
        SampleFiles.write(folder(), "entities_hnsw.index", "");
        SampleFiles.write(folder(), "entities_hnsw_metadata.pkl", "");
        BackupException refusal = refused(() -> new NanoExporter().open(settings()));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem())
                .contains("VECTOR_BACKEND", "entities_hnsw.index, entities_hnsw_metadata.pkl", "Python pickle")
                .endsWith("Nothing was backed up");
        assertThat(refusal.remedy()).contains("NanoVectorDBStorage");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).records())
                .isZero();
    }

    @Test
    void refusesAFileThatWasCutOff() {
        SampleFiles.write(folder(), "kv_store_text_chunks.json", "{\"chunk-1\": {\"content\": \"cut o");
        BackupException refusal = refused(() -> export(new JsonExporter(), new InMemoryEntries("kv/")));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem())
                .startsWith(
                        "kv_store_text_chunks.json in WORKING_DIR (" + folder() + ") is not valid JSON at byte 30: ")
                .contains("it is probably being written, or was cut off when nano-graphrag was stopped")
                .endsWith("Nothing was backed up");
    }

    @Test
    void refusesALinkThatLeadsNowhere() throws IOException {
        Files.createDirectories(folder());
        Files.createSymbolicLink(folder().resolve("kv_store_a.json"), temporary.resolve("nowhere"));
        BackupException refusal = refused(() -> new JsonExporter().open(settings()));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem()).contains("kv_store_a.json", "leads nowhere");
    }

    @Test
    void warnsOfAFolderThatHasTheNameOfAFile() throws IOException {
        Files.createDirectories(folder().resolve("kv_store_a.json"));
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        assertThat(export(new JsonExporter(), new InMemoryEntries("kv/")).warnings())
                .singleElement()
                .asString()
                .contains("kv_store_a.json", "left out");
    }

    @Test
    void refusesANameThatIsNotUtf8() throws Exception {
        Files.createDirectories(folder());
        String create = "printf '{}' > \"$(printf 'kv_store_caf\\351.json')\"";
        assertThat(new ProcessBuilder("sh", "-c", create)
                        .directory(folder().toFile())
                        .start()
                        .waitFor())
                .isZero();
        BackupException refusal = refused(() -> new JsonExporter().open(settings()));
        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal.problem()).contains("kv_store_caf", "has a name that this process cannot spell");
        assertThat(refusal.remedy()).contains("LC_ALL=C.UTF-8");
    }

    @Test
    void namesAFileThatIsGone() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        SampleFiles.write(folder(), "kv_store_b.json", "{}");
        try (ExportSession session = new JsonExporter().open(settings())) {
            BackupException refusal = refused(() -> session.export(
                    (name, suffix, contents) -> {
                        Files.deleteIfExists(folder().resolve("kv_store_b.json"));
                        contents.writeTo(OutputStream.nullOutputStream());
                    },
                    Progress.NONE));
            assertThat(refusal.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(refusal.problem()).contains("kv_store_b.json", "cannot be read");
        }
    }

    @Test
    void doesNothingMoreOnceItWasAborted() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        try (ExportSession session = new JsonExporter().open(settings())) {
            session.abort();
            Assertions.assertThatThrownBy(() -> session.digest(Progress.NONE))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void theMarkerNoticesWhateverHappensToTheFiles() throws IOException {
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
    void theMarkerNoticesEveryOneOfManyQuickWrites() throws IOException {
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
    void theMarkerCannotTellWithATimeInTheFuture() throws IOException {
        SampleFiles.write(folder(), "kv_store_a.json", "{}");
        Files.setLastModifiedTime(
                folder().resolve("kv_store_a.json"), FileTime.from(Instant.now().plusSeconds(3600)));
        try (ExportSession session = new JsonExporter().open(settings())) {
            assertThat(session.marker()).isEqualTo(ChangeMarker.UNKNOWN);
        }
    }
}
