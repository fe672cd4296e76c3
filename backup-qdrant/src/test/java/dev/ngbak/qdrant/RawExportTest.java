package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static dev.ngbak.qdrant.Fixtures.newEntries;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saving a state that cannot be backed up, before a restore replaces it. */
class RawExportTest {

    private static StoreSummary exportRaw(ExportSession export, InMemoryEntries entries, Progress progress)
            throws IOException {
        RecordDigester records = RecordDigester.digesting();
        export.exportRaw(entries, records, progress);
        return records.summary();
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void damagedCollectionIsLeftOutAndReplacedByARestore(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, 700, 1);
            Fixtures.fill(server, "api_working_dir_chunks", 300, 2);
            Settings settings = Fixtures.settings(server, mode);
            Backup backup = Backup.of(settings);
            Object chunks = Fixtures.contents(server, "api_working_dir_chunks");
            server.damage(COLLECTION);

            InMemoryEntries raw = newEntries();
            try (ExportSession export = new QdrantExporter().open(settings)) {
                assertFails(() -> Backup.of(export), Kind.UNREACHABLE, "500");
                assertThat(exportRaw(export, raw, Progress.NONE).warnings())
                        .singleElement()
                        .asString()
                        .contains(COLLECTION, "could not be saved")
                        .doesNotContain("api_working_dir_chunks");
            }
            backup.restore(settings);
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());

            StoreInfo info = backup.info();
            StoreInfo asRaw =
                    new StoreInfo(info.product(), info.version(), ExportSession.RAW, info.scope(), info.bytes());
            assertThat(Summaries.read(new QdrantRestorer(), raw.source(asRaw), settings))
                    .isEqualTo(StoreSummary.opaque());
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                assertThat(restore.problems(asRaw, 0)).isEmpty();
                assertThat(Summaries.restore(restore, raw.source(asRaw), Progress.NONE)
                                .records())
                        .isEqualTo(300);
            }
            assertThat(Fixtures.contents(server, "api_working_dir_chunks")).isEqualTo(chunks);
            assertThat(server.status("GET", "/collections/" + COLLECTION, null)).isEqualTo(404);
        }
    }

    /** Otherwise the safety archive of a restore would lack it, and the restore would delete it. */
    @Test
    void collectionWithCustomShardingThatSnapshotsCannotHoldIsSavedRaw() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            server.call(
                    "PUT",
                    "/collections/" + COLLECTION,
                    "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"},\"sharding_method\":\"custom\"}");
            try (ExportSession export = new QdrantExporter().open(server.settings())) {
                assertFails(
                        () -> Backup.of(export),
                        Kind.INCOMPATIBLE,
                        COLLECTION,
                        "custom sharding",
                        "QDRANT_BACKUP_MODE");
                InMemoryEntries entries = newEntries();
                exportRaw(export, entries, Progress.NONE);
                assertThat(entries.paths()).hasSize(1);
            }
        }
    }

    @Test
    void exportFailsWhenTheServerIsGone() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, 3_000, 1);
            try (ExportSession export = new QdrantExporter().open(server.settings())) {
                assertFails(
                        () -> exportRaw(export, newEntries(), Fixtures.killing(server)),
                        Kind.UNREACHABLE,
                        "QDRANT_URL");
            }
        }
    }
}
