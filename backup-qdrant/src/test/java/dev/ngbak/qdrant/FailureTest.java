package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantDouble.Trap;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong, and what is said and left behind then. The server's own failures are the double's. */
class FailureTest {

    static String digest(Settings settings) throws IOException {
        try (ExportSession export = new QdrantExporter().open(settings)) {
            return export.digest(Progress.NONE).contentDigest();
        }
    }

    private static final String NAME = QdrantContract.COLLECTION;
    private static final String[] MODES = {"snapshot", "scroll"};
    private static final Patience QUICK =
            new Patience(Duration.ofMillis(800), Duration.ofSeconds(20), Duration.ofMillis(50));

    private static Settings settings(QdrantServer server) {
        return server.settings();
    }

    private static QdrantExport export(QdrantServer server) {
        return QdrantExport.open(QdrantSettings.of(settings(server)), QUICK);
    }

    private static InMemoryEntries shelf() {
        return new InMemoryEntries("vectors/qdrant/");
    }

    private static int snapshots(QdrantServer server) throws IOException {
        return server.call("GET", "/collections/" + NAME + "/snapshots", null)
                .path("result")
                .size();
    }

    private static void refused(ThrowingCallable call, Kind kind, String... words) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(BackupException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.getMessage()).contains(words).doesNotContain("Exception", "sesame");
        });
    }

    @Test
    void otherCollectionsStayAsTheyAreWithDefaultSettings() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 60, 1);
            QdrantContract.fill(server, "foreign", 60, 2);
            QdrantContract.fill(server, "api_working_directory", 6, 3);
            server.call("POST", "/collections/foreign/snapshots", null);
            Object foreign = QdrantContract.picture(server, "foreign");
            Object near = QdrantContract.picture(server, "api_working_directory");
            InMemoryEntries shelf = shelf();
            StoreSummary summary;
            try (ExportSession export = new QdrantExporter().open(settings(server))) {
                summary = export.export(shelf, Progress.NONE);
                assertThat(summary.counts().counts()).containsOnlyKeys(NAME);
                server.call("DELETE", "/collections/" + NAME, null);
                QdrantContract.fill(server, "api_working_dir_stale", 3, 4);
                try (RestoreSession restore = new QdrantRestorer().open(settings(server))) {
                    restore.restore(shelf.source(export.info()), Progress.NONE);
                    assertThat(export.digest(Progress.NONE).contentDigest()).isEqualTo(summary.contentDigest());
                }
            }
            assertThat(QdrantContract.picture(server, "foreign")).isEqualTo(foreign);
            assertThat(QdrantContract.picture(server, "api_working_directory")).isEqualTo(near);
            assertThat(server.status("GET", "/collections/api_working_dir_stale", null))
                    .isEqualTo(404);
        }
    }

    @Test
    void aScopeThatFindsNothingNamesWhatIsThereAndIsEmpty() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            try (ExportSession export = new QdrantExporter().open(settings(server))) {
                assertThat(export.scopeProblem()).isNull();
            }
            QdrantContract.fill(server, "mine_entities", 1, 1);
            for (String mode : MODES) {
                try (ExportSession export =
                        new QdrantExporter().open(settings(server).with("QDRANT_BACKUP_MODE", mode))) {
                    assertThat(export.scopeProblem().kind()).isEqualTo(Kind.INVALID);
                    assertThat(export.scopeProblem())
                            .hasMessageContaining("mine_entities")
                            .hasMessageContaining("QDRANT_NAMESPACE_PREFIX");
                    assertEmpty(export);
                }
            }
            for (String prefix : new String[] {"mine", "*"}) {
                try (ExportSession export =
                        new QdrantExporter().open(settings(server).with("QDRANT_NAMESPACE_PREFIX", prefix))) {
                    assertThat(export.scopeProblem()).isNull();
                    assertThat(export.counts().counts()).containsEntry("mine_entities", 1L);
                }
            }
        }
    }

    private static void assertEmpty(ExportSession export) throws IOException {
        assertThat(export.counts().counts()).isEmpty();
        InMemoryEntries shelf = shelf();
        StoreSummary summary = export.export(shelf, Progress.NONE);
        assertThat(summary.records()).isZero();
        assertThat(summary.contentDigest()).isNotNull();
        assertThat(summary.warnings()).isEmpty();
        assertThat(export.digest(Progress.NONE)).isEqualTo(summary);
        assertThat(shelf.paths()).isEmpty();
    }

    @Test
    void anAliasThatLeadsOutOfTheScopeStopsABackupAlone() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 2, 1);
            QdrantContract.fill(server, "blue_entities", 2, 1);
            server.call(
                    "POST",
                    "/collections/aliases",
                    "{\"actions\":[{\"create_alias\":{\"collection_name\":\"blue_entities\",\"alias_name\":\"api_working_dir_chunks\"}}]}");
            try (ExportSession export = new QdrantExporter().open(settings(server))) {
                assertThat(export.scopeProblem().kind()).isEqualTo(Kind.INVALID);
                assertThat(export.scopeProblem())
                        .hasMessageContaining("api_working_dir_chunks")
                        .hasMessageContaining("blue_entities");
                assertThat(export.counts().counts()).containsOnlyKeys(NAME);
                assertThat(export.export(shelf(), Progress.NONE).records()).isEqualTo(2);
            }
        }
    }

    @Test
    void aDamagedCollectionIsNoReasonNotToRestore() throws Exception {
        for (String mode : MODES) {
            try (QdrantServer server = QdrantServer.startOwn()) {
                QdrantContract.fill(server, NAME, 700, 1);
                QdrantContract.fill(server, "api_working_dir_chunks", 300, 2);
                Settings settings = settings(server).with("QDRANT_BACKUP_MODE", mode);
                InMemoryEntries good = shelf();
                StoreSummary before;
                StoreInfo info;
                try (ExportSession export = new QdrantExporter().open(settings)) {
                    info = export.info();
                    before = export.export(good, Progress.NONE);
                }
                Object picture = QdrantContract.picture(server, "api_working_dir_chunks");
                server.damage(NAME);

                InMemoryEntries raw = shelf();
                try (ExportSession export = new QdrantExporter().open(settings)) {
                    refused(() -> export.export(shelf(), Progress.NONE), Kind.UNREACHABLE, "500");
                    StoreSummary salvaged = export.exportRaw(raw, Progress.NONE);
                    assertThat(salvaged.records()).isEqualTo(-1);
                    assertThat(salvaged.warnings())
                            .singleElement()
                            .asString()
                            .contains(NAME)
                            .contains("lost")
                            .doesNotContain("api_working_dir_chunks");
                }
                StoreInfo asRaw =
                        new StoreInfo(info.product(), info.version(), ExportSession.RAW, info.scope(), info.bytes());
                assertThat(new QdrantRestorer().read(raw.source(asRaw), Progress.NONE))
                        .isEqualTo(StoreSummary.opaque());
                try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                    restore.restore(good.source(info), Progress.NONE);
                    assertThat(digest(settings)).isEqualTo(before.contentDigest());
                }
                try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                    assertThat(restore.problems(asRaw, 0)).isEmpty();
                    assertThat(restore.restore(raw.source(asRaw), Progress.NONE).records())
                            .isEqualTo(300);
                }
                assertThat(QdrantContract.picture(server, "api_working_dir_chunks"))
                        .isEqualTo(picture);
                assertThat(server.status("GET", "/collections/" + NAME, null)).isEqualTo(404);
            }
        }
    }

    @Test
    void aCollectionWithCustomShardsIsRefusedAndNeverGivenUp() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            server.call(
                    "PUT",
                    "/collections/" + NAME,
                    "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"},\"sharding_method\":\"custom\"}");
            for (String mode : MODES) {
                try (ExportSession export =
                        new QdrantExporter().open(settings(server).with("QDRANT_BACKUP_MODE", mode))) {
                    String[] words = {NAME, "custom shard keys", "QDRANT_NAMESPACE_PREFIX"};
                    refused(() -> export.export(shelf(), Progress.NONE), Kind.INCOMPATIBLE, words);
                    // Otherwise the safety archive of a restore would lack it, and the restore would delete it.
                    refused(() -> export.exportRaw(shelf(), Progress.NONE), Kind.INCOMPATIBLE, words);
                }
            }
        }
    }

    @Test
    void aSalvageFromAServerThatIsGoneFails() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 3_000, 1);
            try (ExportSession export = new QdrantExporter().open(settings(server))) {
                refused(() -> export.exportRaw(shelf(), killing(server)), Kind.UNREACHABLE, "QDRANT_URL");
            }
        }
    }

    @Test
    void aWrongKeyIsSaidAndNeverShown(@TempDir Path folder) throws Exception {
        try (QdrantServer server = QdrantServer.start("sesame")) {
            Settings none = settings(server).with("QDRANT_API_KEY", "");
            refused(() -> new QdrantExporter().open(none), Kind.INVALID, "QDRANT_API_KEY");
            refused(
                    () -> new QdrantRestorer().open(none.with("QDRANT_API_KEY", "sesame-not")),
                    Kind.INVALID,
                    "QDRANT_API_KEY");
            Path file = folder.resolve("key");
            Files.writeString(file, "sesame-not\n");
            Settings byFile = none.with("QDRANT_API_KEY_FILE", file.toString());
            refused(() -> new QdrantExporter().open(byFile), Kind.INVALID, "QDRANT_API_KEY_FILE");
            Files.writeString(file, "sesame\n");
            for (Settings right : List.of(byFile, none.with("QDRANT_API_KEY", "sesame"))) {
                try (ExportSession export = new QdrantExporter().open(right)) {
                    assertThat(export.counts().counts()).isEmpty();
                }
            }
        }
        refused(
                () -> new QdrantExporter().open(Settings.of(Map.of("QDRANT_URL", "http://me:sesame@host:1"))),
                Kind.INVALID,
                "QDRANT_URL");
    }

    @Test
    void aServerKilledMidwayIsUnreachable() throws Exception {
        for (String mode : MODES) {
            try (QdrantServer server = QdrantServer.startOwn()) {
                QdrantContract.fill(server, NAME, 3_000, 1);
                Settings settings = settings(server).with("QDRANT_BACKUP_MODE", mode);
                InMemoryEntries shelf = shelf();
                StoreInfo info;
                try (ExportSession export = new QdrantExporter().open(settings)) {
                    info = export.info();
                    assertThat(export.export(shelf, Progress.NONE).records()).isEqualTo(3_000);
                }
                try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                    refused(() -> restore.restore(shelf.source(info), killing(server)), Kind.UNREACHABLE, "QDRANT_URL");
                }
            }
            try (QdrantServer server = QdrantServer.startOwn()) {
                QdrantContract.fill(server, NAME, 3_000, 1);
                Settings settings = settings(server).with("QDRANT_BACKUP_MODE", mode);
                try (ExportSession export = new QdrantExporter().open(settings)) {
                    refused(() -> export.export(shelf(), killing(server)), Kind.UNREACHABLE, "QDRANT_URL");
                }
            }
        }
    }

    private static Progress killing(QdrantServer server) {
        return new Progress() {
            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                server.kill();
            }
        };
    }

    @Test
    void aSlowSnapshotIsWaitedFor() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            QdrantContract.fill(server, NAME, 20, 1);
            server.stand().fault("POST", ".*/snapshots", 1, Trap.slow(3_000));
            try (ExportSession export = export(server)) {
                assertThat(export.export(shelf(), Progress.NONE).records()).isEqualTo(20);
            }
            assertThat(snapshots(server)).isZero();
        }
    }

    @Test
    void aSnapshotWhoseAnswerGotLostIsFoundAndNotMadeTwice() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            QdrantContract.fill(server, NAME, 20, 1);
            server.call("POST", "/collections/" + NAME + "/snapshots", null);
            server.stand().fault("POST", ".*/snapshots", 1, Trap.lateWith(504));
            InMemoryEntries shelf = shelf();
            try (ExportSession export = export(server)) {
                assertThat(export.export(shelf, Progress.NONE).records()).isEqualTo(20);
            }
            assertThat(shelf.paths()).hasSize(2);
            // The stranger's is left, ours is gone, and there is no third.
            assertThat(snapshots(server)).isEqualTo(1);
        }
    }

    @Test
    void aFullDiskAndAnErrorOfTheServerAreToldApart() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            QdrantContract.fill(server, NAME, 20, 1);
            try (ExportSession export = export(server)) {
                server.stand().fault("POST", ".*/snapshots", 1, Trap.answer(507, "Insufficient Storage"));
                refused(() -> export.export(shelf(), Progress.NONE), Kind.NO_SPACE, "room on the server");
                server.stand()
                        .fault("POST", ".*/snapshots", 1, Trap.answer(500, "No space left on device (os error 28)"));
                refused(() -> export.export(shelf(), Progress.NONE), Kind.NO_SPACE, "No space left");
                server.stand().fault("POST", ".*/snapshots", 1, Trap.answer(500, "it broke"));
                refused(() -> export.export(shelf(), Progress.NONE), Kind.UNREACHABLE, "it broke", "500");
                server.stand().fault("GET", ".*/snapshots/.*", 1, Trap.answer(500, "it broke"));
                refused(() -> export.export(shelf(), Progress.NONE), Kind.UNREACHABLE, "it broke");
                server.stand().fault("GET", ".*/snapshots/.*", 20, Trap.hangUp());
                refused(() -> export.export(shelf(), Progress.NONE), Kind.UNREACHABLE, "QDRANT_URL");
            }
            assertThat(snapshots(server)).isZero();
        }
    }

    @Test
    void aServerWithoutRoomForARestoreIsSaidAndTakesItLater() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            for (String mode : MODES) {
                QdrantContract.fill(server, NAME, 20, 1);
                Settings settings = settings(server).with("QDRANT_BACKUP_MODE", mode);
                InMemoryEntries shelf = shelf();
                StoreInfo info;
                StoreSummary exported;
                try (ExportSession export = new QdrantExporter().open(settings)) {
                    info = export.info();
                    exported = export.export(shelf, Progress.NONE);
                }
                String path = mode.equals("scroll") ? ".*/points" : ".*/snapshots/upload";
                String method = mode.equals("scroll") ? "PUT" : "POST";
                try (RestoreSession restore = QdrantRestore.open(QdrantSettings.of(settings), QUICK)) {
                    server.stand().fault(method, path, 1, Trap.answer(500, "No space left on device (os error 28)"));
                    refused(() -> restore.restore(shelf.source(info), Progress.NONE), Kind.NO_SPACE, "is full");
                    server.stand().fault(method, path, 1, Trap.answer(503, "it broke"));
                    refused(() -> restore.restore(shelf.source(info), Progress.NONE), Kind.UNREACHABLE, "503");
                    server.stand().fault(method, path, 1, Trap.answer(400, "Wrong input"));
                    refused(() -> restore.restore(shelf.source(info), Progress.NONE), Kind.INCOMPATIBLE, "400");
                    restore.restore(shelf.source(info), Progress.NONE);
                    assertThat(digest(settings)).isEqualTo(exported.contentDigest());
                }
                assertThat(snapshots(server)).isZero();
                server.call("DELETE", "/collections/" + NAME, null);
            }
        }
    }

    @Test
    void aClusterIsRefusedForSnapshotsOnly() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            QdrantContract.fill(server, NAME, 20, 1);
            StoreInfo single;
            try (ExportSession export = export(server)) {
                single = export.info();
            }
            byte[] cluster = "{\"result\":{\"status\":\"enabled\",\"peers\":{\"1\":{},\"2\":{}}}}"
                    .getBytes(StandardCharsets.UTF_8);
            server.stand().fault("GET", "/cluster", 100, exchange -> {
                exchange.sendResponseHeaders(200, cluster.length);
                exchange.getResponseBody().write(cluster);
                return true;
            });
            refused(
                    () -> new QdrantExporter().open(settings(server)),
                    Kind.INCOMPATIBLE,
                    "cluster",
                    "QDRANT_BACKUP_MODE=scroll");
            try (ExportSession export =
                            new QdrantExporter().open(settings(server).with("QDRANT_BACKUP_MODE", "scroll"));
                    RestoreSession restore = new QdrantRestorer().open(settings(server))) {
                InMemoryEntries shelf = shelf();
                StoreSummary exported = export.export(shelf, Progress.NONE);
                assertThat(restore.problems(single, 0))
                        .extracting(BackupException::kind)
                        .containsExactly(Kind.INCOMPATIBLE);
                assertThat(restore.problems(export.info(), 0)).isEmpty();
                assertThat(restore.restore(shelf.source(export.info()), Progress.NONE)
                                .contentDigest())
                        .isEqualTo(exported.contentDigest());
            }
        }
    }

    @Test
    void strictModeIsObeyedAndComesBack() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            for (String mode : MODES) {
                server.call("PUT", "/collections/" + NAME, "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
                for (int id = 1; id <= 7; id++) {
                    server.call(
                            "PUT",
                            "/collections/" + NAME + "/points?wait=true",
                            "{\"points\":[{\"id\":" + id + ",\"vector\":[" + id + ",2]}]}");
                }
                server.call(
                        "PATCH",
                        "/collections/" + NAME,
                        "{\"strict_mode_config\":{\"enabled\":true,\"max_query_limit\":3,\"upsert_max_batchsize\":2}}");
                JsonNode strict = config(server);
                Settings settings = settings(server).with("QDRANT_BACKUP_MODE", mode);
                try (ExportSession export = new QdrantExporter().open(settings);
                        RestoreSession restore = new QdrantRestorer().open(settings)) {
                    InMemoryEntries shelf = shelf();
                    StoreSummary exported = export.export(shelf, Progress.NONE);
                    assertThat(exported.records()).isEqualTo(7);
                    assertThat(export.digest(Progress.NONE).contentDigest()).isEqualTo(exported.contentDigest());
                    restore.restore(shelf.source(export.info()), Progress.NONE);
                    assertThat(export.digest(Progress.NONE).contentDigest()).isEqualTo(exported.contentDigest());
                }
                assertThat(config(server)).isEqualTo(strict);
                server.call("DELETE", "/collections/" + NAME, null);
            }
        }
    }

    private static JsonNode config(QdrantServer server) throws IOException {
        return server.call("GET", "/collections/" + NAME, null)
                .path("result")
                .path("config")
                .path("strict_mode_config");
    }

    @Test
    void nothingOfOursIsLeftAfterARestoreThatFails() throws Exception {
        try (QdrantServer server = QdrantServer.standIn(null)) {
            QdrantContract.fill(server, NAME, 20, 1);
            InMemoryEntries shelf = shelf();
            StoreInfo info;
            try (ExportSession export = export(server)) {
                info = export.info();
                assertThat(export.export(shelf, Progress.NONE).records()).isEqualTo(20);
            }
            server.stand().fault("POST", ".*/snapshots/upload", 1, Trap.lateWith(500));
            try (RestoreSession restore = QdrantRestore.open(QdrantSettings.of(settings(server)), QUICK)) {
                refused(() -> restore.restore(shelf.source(info), Progress.NONE), Kind.UNREACHABLE, "timed out");
                assertThat(snapshots(server)).isZero();
                assertThat(restore.restore(shelf.source(info), Progress.NONE).records())
                        .isEqualTo(20);
            }
            assertThat(snapshots(server)).isZero();
        }
    }

    @Test
    void aFileThatTheServerRefusesIsClearedAway() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 20, 1);
            Rest rest = new Rest(QdrantSettings.of(settings(server)), QUICK);
            try (rest) {
                byte[] garbage = new byte[50_000];
                HeldUpload upload = new HeldUpload(
                        rest,
                        "/collections/api_working_dir_x/snapshots/upload?priority=snapshot&wait=true",
                        "ngbak-test.snapshot",
                        garbage.length);
                try (upload) {
                    upload.send(
                            new java.io.ByteArrayInputStream(garbage),
                            garbage.length,
                            new Steps(Progress.NONE, Form.SNAPSHOT));
                    assertThat(upload.finish().isFine()).isFalse();
                }
                assertThat(new Snapshots(rest).clear("api_working_dir_x", "ngbak-test.snapshot", true))
                        .isNull();
            }
            assertThat(server.status("GET", "/collections/api_working_dir_x", null))
                    .isEqualTo(404);
            server.call("PUT", "/collections/api_working_dir_x", "{}");
            JsonNode left = server.call("GET", "/collections/api_working_dir_x/snapshots", null);
            assertThat(left.path("result")).isEmpty();
        }
    }

    @Test
    void aWriterIsNeverUnchanged() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 5, 1);
            String[] writes = {
                "PUT /points?wait=true {\"points\":[{\"id\":2,\"vector\":{\"dense\":[1,2,3,4,5,6,7,8]},\"payload\":{}}]}",
                "PUT /points?wait=true {\"points\":[{\"id\":2,\"vector\":{\"dense\":[1,2,3,4,5,6,7,8]},\"payload\":{}}]}",
                "POST /points/delete?wait=true {\"points\":[2]}",
                "PUT /index?wait=true {\"field_name\":\"k\",\"field_schema\":\"keyword\"}"
            };
            try (QdrantExport export = export(server)) {
                for (int i = 0; i < 100; i++) {
                    var before = export.marker();
                    assertThat(before.until(export.marker()))
                            .isNotEqualTo(dev.ngbak.spi.ChangeMarker.Comparison.CHANGED);
                    String[] write = writes[i % 3 == 2 && i < 98 ? 2 : i == 99 ? 3 : i % 2].split(" ", 3);
                    server.call(write[0], "/collections/" + NAME + write[1], write[2]);
                    assertThat(before.until(export.marker()))
                            .isNotEqualTo(dev.ngbak.spi.ChangeMarker.Comparison.UNCHANGED);
                }
            }
        }
    }

    @Test
    void writingMeanwhileLeavesNoDigestBehind() throws Exception {
        try (QdrantServer server = QdrantServer.startOwn()) {
            QdrantContract.fill(server, NAME, 50, 1);
            try (QdrantExport export = export(server)) {
                StoreSummary summary = export.export(
                        (name, suffix, contents) -> {
                            contents.writeTo(java.io.OutputStream.nullOutputStream());
                            server.call(
                                    "PUT",
                                    "/collections/" + NAME + "/points?wait=true",
                                    "{\"points\":[{\"id\":2,\"vector\":{\"dense\":[1,2,3,4,5,6,7,8]}}]}");
                        },
                        Progress.NONE);
                assertThat(summary.contentDigest()).isNull();
                assertThat(summary.records()).isEqualTo(-1);
            }
        }
    }

    @Test
    void theVersionRuleIsCheckedBeforeAnythingIsReplaced() throws Exception {
        assertThat(ServerVersion.takes("1.18.3", "1.18.0")).isTrue();
        assertThat(ServerVersion.takes("1.17.1", "1.18.3")).isTrue();
        assertThat(ServerVersion.takes("1.16.3", "1.18.3")).isFalse();
        assertThat(ServerVersion.takes("1.19.0", "1.18.3")).isFalse();
        assertThat(ServerVersion.takes("2.18.0", "1.18.3")).isFalse();
        assertThat(ServerVersion.takes("unknown", "1.18.3")).isFalse();
        try (QdrantServer server = QdrantServer.startOwn();
                RestoreSession restore = new QdrantRestorer().open(settings(server))) {
            StoreInfo old =
                    new StoreInfo("Qdrant", "1.9.0", "snapshot", Map.of("QDRANT_NAMESPACE_PREFIX", "somebody"), -1);
            assertThat(restore.problems(old, 0))
                    .extracting(BackupException::kind)
                    .containsOnly(Kind.INCOMPATIBLE);
            assertThat(restore.problems(old, 0)).hasSize(2);
            StoreInfo scrolled = new StoreInfo(
                    "Qdrant", "1.9.0", "scroll", Map.of("QDRANT_NAMESPACE_PREFIX", "api_working_dir"), -1);
            assertThat(restore.problems(scrolled, 0)).isEmpty();
        }
    }
}
