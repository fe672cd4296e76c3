package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions that an archive of points cannot hold, that change during a backup, or that a target does not know. */
class DefinitionTest {

    private static final String PATH = "/collections/" + COLLECTION;

    private static void create(QdrantServer server, String vector) throws Exception {
        server.call("PUT", PATH, "{\"vectors\":{\"v\":{\"size\":2,\"distance\":\"Dot\"" + vector + "}}}");
        server.call("PUT", PATH + "/points?wait=true", "{\"points\":[{\"id\":1,\"vector\":{\"v\":[0.1,0.2]}}]}");
    }

    @Test
    void unknownSettingIsRefusedForPointsAndCarriedByASnapshot() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            create(server, ",\"colour\":{\"hue\":1}");
            Object before = Fixtures.contents(server, Fixtures.PREFIX);
            Fixtures.assertFails(
                    () -> Backup.of(Fixtures.settings(server, "scroll")),
                    Kind.INCOMPATIBLE,
                    COLLECTION,
                    "config.params.vectors.v.colour",
                    "QDRANT_BACKUP_MODE=snapshot",
                    "newer version of ngbak");

            Settings settings = Fixtures.settings(server, "snapshot");
            Backup backup = Backup.of(settings);
            try (ExportSession export = new QdrantExporter().open(settings)) {
                // The points of a broken server are the last resort of a safety archive.
                Fixtures.assertFails(
                        () -> export.exportRaw(Fixtures.newEntries(), RecordDigester.digesting(), Progress.NONE),
                        Kind.INCOMPATIBLE,
                        "config.params.vectors.v.colour",
                        "--no-safety-backup");
            }
            server.call("DELETE", PATH, null);
            backup.restore(settings);

            assertThat(backup.summary().warnings()).isEmpty();
            assertThat(Fixtures.contents(server, Fixtures.PREFIX)).isEqualTo(before);
        }
    }

    @Test
    void vectorsWithoutOriginalsAreRefusedForPointsAndCarriedByASnapshot() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            assumeTrue(
                    !server.isReal() || Fixtures.isAtLeast(server, "1.19"),
                    "Qdrant 1.18 does not have the datatype turbo4");
            create(server, ",\"datatype\":\"turbo4\"");
            Object before = Fixtures.contents(server, Fixtures.PREFIX);
            Fixtures.assertFails(
                    () -> Backup.of(Fixtures.settings(server, "scroll")),
                    Kind.INCOMPATIBLE,
                    COLLECTION,
                    "turbo4",
                    "\"v\"",
                    "QDRANT_BACKUP_MODE=snapshot");

            Settings settings = Fixtures.settings(server, "snapshot");
            Backup backup = Backup.of(settings);
            server.call("DELETE", PATH, null);
            backup.restore(settings);

            assertThat(Fixtures.contents(server, Fixtures.PREFIX)).isEqualTo(before);
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scroll", "snapshot"})
    void vectorThatIsAddedDuringTheBackupEndsIt(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            create(server, "");
            EntrySink adding = (name, suffix, contents) -> {
                contents.writeTo(OutputStream.nullOutputStream());
                server.call("PUT", PATH + "/vectors/extra?wait=true", "{\"dense\":{\"size\":3,\"distance\":\"Dot\"}}");
            };
            try (ExportSession export = new QdrantExporter().open(Fixtures.settings(server, mode))) {
                Fixtures.assertFails(
                        () -> Summaries.export(export, adding, Progress.NONE),
                        Kind.INCOMPATIBLE,
                        COLLECTION,
                        "was changed while it was being read");
            }
            // The next attempt gets the new definition.
            assertThat(Backup.of(Fixtures.settings(server, mode)).summary().records())
                    .isEqualTo(1);
        }
    }

    @Test
    void pointWithAVectorThatTheCollectionDoesNotHaveAnyMoreEndsTheBackup() throws Exception {
        // The double accepts any vector, so it can be in this state without a race.
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            create(server, "");
            server.call("PUT", PATH + "/points?wait=true", "{\"points\":[{\"id\":2,\"vector\":{\"dropped\":[1]}}]}");
            Fixtures.assertFails(
                    () -> Backup.of(Fixtures.settings(server, "scroll")),
                    Kind.INCOMPATIBLE,
                    COLLECTION,
                    "was changed while it was being read");
        }
    }

    @Test
    void pointFitsACollectionThatHasAllItsVectors() throws Exception {
        CollectionDefinition collection =
                new CollectionDefinition("notes", Json.MAPPER.readTree("""
                        {"params": {"vectors": {"d": {"size": 2}, "m": {"size": 2, "multivector_config": {}}},
                                    "sparse_vectors": {"s": {}}}}
                        """), Json.object(), List.of());
        PointVector dense = PointVector.dense(new float[] {1, 2});
        PointVector sparse = PointVector.sparse(new int[] {7}, new float[] {1});
        PointVector multi = PointVector.multi(2, new float[] {1, 2, 3, 4});
        assertThat(fits(collection, "d", dense, "s", sparse, "m", multi)).isTrue();
        assertThat(fits(collection, "m", multi)).isTrue();
        assertThat(fits(collection, "extra", dense)).isFalse();
        assertThat(fits(collection, "d", PointVector.dense(new float[] {1}))).isFalse();
        assertThat(fits(collection, "d", multi)).isFalse();
        assertThat(fits(collection, "m", dense)).isFalse();
        assertThat(fits(collection, "m", PointVector.multi(1, new float[] {1}))).isFalse();
        assertThat(fits(collection, "d", sparse)).isFalse();
    }

    private static boolean fits(CollectionDefinition collection, Object... namesAndVectors) {
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        for (int i = 0; i < namesAndVectors.length; i += 2) {
            vectors.put((String) namesAndVectors[i], (PointVector) namesAndVectors[i + 1]);
        }
        return collection.fits(new Point("1", vectors, Json.object()));
    }

    @Test
    void archiveNamesWhatItNeedsFromAServerAndAnOlderOneIsRefusedBeforeItIsChanged() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            create(server, ",\"memory\":\"cold\"");
            Settings settings = Fixtures.settings(server, "scroll");
            Backup backup = Backup.of(settings);
            replace(server);
            Object before = Fixtures.contents(server, Fixtures.PREFIX);

            // The double has version 1.18, which does not know this setting.
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                assertThat(restore.problems(backup.info(), 0)).singleElement().satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(problem).hasMessageContainingAll("config.params.vectors.v.memory", "1.18.3", "1.19");
                });
            }
            Fixtures.assertFails(() -> backup.restore(settings), Kind.INCOMPATIBLE, "vectors.v.memory");
            assertThat(Fixtures.contents(server, Fixtures.PREFIX)).isEqualTo(before);
        }
    }

    private static void replace(QdrantServer server) throws Exception {
        server.call("DELETE", PATH, null);
        create(server, "");
    }

    @Test
    void malformedNeedsAreCorrupt() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null);
                RestoreSession restore = new QdrantRestorer().open(server.settings())) {
            for (String needs : List.of("[]", "null", "{\"x\":[\"y\"]}", "{\"1.19\":null}", "{")) {
                StoreInfo archived = new StoreInfo(
                        "Qdrant",
                        "1.19.0",
                        "scroll",
                        Map.of("QDRANT_NAMESPACE_PREFIX", "api_working_dir", "requires", needs),
                        -1);
                Fixtures.assertFails(() -> restore.problems(archived, 0), Kind.CORRUPT, "manifest");
            }
        }
    }

    @Test
    void settingThatTheServerDidNotKeepFailsTheRestoreUnlessItHasAnotherVersion() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null);
                QdrantCollections collections =
                        QdrantCollections.open(QdrantSettings.of(server.settings()), Timeouts.DEFAULT)) {
            create(server, ",\"on_disk\":false");
            CollectionDefinition same = collections.definition(COLLECTION);
            CollectionDefinition other = new CollectionDefinition(
                    COLLECTION,
                    Json.MAPPER.readTree(same.config().toString().replace("false", "true")),
                    same.schema(),
                    List.of());

            assertThat(new DefinitionComparison(collections, "1.18.0").check(same))
                    .isEmpty();
            Fixtures.assertFails(
                    () -> new DefinitionComparison(collections, "1.18.0").check(other),
                    Kind.INCOMPATIBLE,
                    COLLECTION,
                    "config.params.vectors.v.on_disk = false (archive: true)");
            assertThat(new DefinitionComparison(collections, "1.17.0")
                            .check(other)
                            .orElseThrow())
                    .contains(COLLECTION, "config.params.vectors.v.on_disk", "1.17.0", "1.18.3");
        }
    }

    @Test
    void restoreFailsIfTheServerDoesNotKeepASetting() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            create(server, ",\"on_disk\":true");
            server.call("PATCH", PATH, "{\"hnsw_config\":{\"m\":16}}");
            Settings settings = Fixtures.settings(server, "scroll");
            Backup backup = Backup.of(settings);
            server.fake().setDefaults("{\"hnsw_config\":{\"m\":7}}");

            Fixtures.assertFails(
                    () -> backup.restore(settings), Kind.INCOMPATIBLE, COLLECTION, "hnsw_config.m = 7 (archive: 16)");
        }
    }

    @Test
    void settingThatTheServerAddedIsAWarning() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null);
                QdrantCollections collections =
                        QdrantCollections.open(QdrantSettings.of(server.settings()), Timeouts.DEFAULT)) {
            create(server, ",\"on_disk\":null");
            CollectionDefinition archived = collections.definition(COLLECTION);
            server.call("PATCH", PATH, "{\"hnsw_config\":{\"m\":0}}");
            assertThat(new DefinitionComparison(collections, "1.18.0")
                            .check(archived)
                            .orElseThrow())
                    .contains("config.hnsw_config = {\"m\":0}", "not set in the archive");
            assertThat(new DefinitionComparison(collections, "unknown").check(archived))
                    .isEmpty();
        }
    }

    @Test
    void limitsThatAServerGivesToNewCollectionsDoNotStopARestore() throws Exception {
        try (QdrantServer server = QdrantServer.startDouble(null)) {
            create(server, "");
            Settings settings = Fixtures.settings(server, "scroll");
            Backup backup = Backup.of(settings);
            server.fake().setDefaults("{\"strict_mode_config\":{\"enabled\":true,\"upsert_max_batchsize\":0}}");

            assertThat(backup.restore(settings).warnings()).isEmpty();

            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        }
    }
}
