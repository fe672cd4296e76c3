package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.SHORT_TIMEOUTS;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static dev.ngbak.qdrant.Fixtures.snapshots;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantFault;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Restores that the server refuses, or that are refused before they begin. */
class RestoreFailureTest {

    private static RestoreSession open(Settings settings) {
        return QdrantRestore.open(QdrantSettings.of(settings), SHORT_TIMEOUTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void restoreReportsTheServersErrorAndSucceedsLater(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            Fixtures.fill(server, COLLECTION, 20, 1);
            Settings settings = Fixtures.settings(server, mode);
            Backup backup = Backup.of(settings);
            String path = mode.equals("scroll") ? ".*/points" : ".*/snapshots/upload";
            String method = mode.equals("scroll") ? "PUT" : "POST";
            try (RestoreSession restore = open(settings)) {
                server.fake().inject(method, path, 1, QdrantFault.answer(500, "No space left on device (os error 28)"));
                assertFails(() -> Summaries.restore(restore, backup.source(), Progress.NONE), Kind.NO_SPACE, "is full");
                server.fake().inject(method, path, 1, QdrantFault.answer(503, "it broke"));
                assertFails(() -> Summaries.restore(restore, backup.source(), Progress.NONE), Kind.UNREACHABLE, "503");
                server.fake().inject(method, path, 1, QdrantFault.answer(400, "Wrong input"));
                assertFails(() -> Summaries.restore(restore, backup.source(), Progress.NONE), Kind.INCOMPATIBLE, "400");
                Summaries.restore(restore, backup.source(), Progress.NONE);
            }
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
            assertThat(snapshots(server)).isZero();
        }
    }

    @Test
    void failedRestoreLeavesNoUploadedFile() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            Fixtures.fill(server, COLLECTION, 20, 1);
            Backup backup = Backup.of(server.settings());
            server.fake().inject("POST", ".*/snapshots/upload", 1, QdrantFault.executeButAnswer(500));
            try (RestoreSession restore = open(server.settings())) {
                assertFails(
                        () -> Summaries.restore(restore, backup.source(), Progress.NONE),
                        Kind.UNREACHABLE,
                        "timed out");
                assertThat(snapshots(server)).isZero();
                StoreSummary restored = Summaries.restore(restore, backup.source(), Progress.NONE);
                assertThat(restored.counts().counts()).containsExactly(Map.entry(COLLECTION, 20L));
            }
            assertThat(snapshots(server)).isZero();
        }
    }

    @Test
    void preflightRefusesAnotherVersionAndAnotherPrefix() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated();
                RestoreSession restore = new QdrantRestorer().open(server.settings())) {
            StoreInfo old =
                    new StoreInfo("Qdrant", "1.9.0", "snapshot", Map.of("QDRANT_NAMESPACE_PREFIX", "somebody"), -1);
            assertThat(restore.problems(old, 0))
                    .hasSize(2)
                    .extracting(BackupException::kind)
                    .containsOnly(Kind.INCOMPATIBLE);
            StoreInfo points = new StoreInfo(
                    "Qdrant", "1.9.0", "scroll", Map.of("QDRANT_NAMESPACE_PREFIX", "api_working_dir"), -1);
            assertThat(restore.problems(points, 0)).isEmpty();
        }
    }

    @Test
    void snapshotsAreCompatibleWithTheSameAndTheNextMinorVersion() {
        assertThat(Snapshots.areCompatible("1.18.3", "1.18.0")).isTrue();
        assertThat(Snapshots.areCompatible("1.17.1", "1.18.3")).isTrue();
        assertThat(Snapshots.areCompatible("1.16.3", "1.18.3")).isFalse();
        assertThat(Snapshots.areCompatible("1.19.0", "1.18.3")).isFalse();
        assertThat(Snapshots.areCompatible("2.18.0", "1.18.3")).isFalse();
        assertThat(Snapshots.areCompatible("unknown", "1.18.3")).isFalse();
    }
}
