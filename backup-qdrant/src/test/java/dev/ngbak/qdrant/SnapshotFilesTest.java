package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The snapshots of an archive and the companion that lists them, without a server. */
class SnapshotFilesTest {

    private static final byte[] SNAPSHOT = "a snapshot".getBytes(StandardCharsets.UTF_8);
    private static final StoreInfo ARCHIVED = new StoreInfo("Qdrant", "1.18.3", "snapshot", Map.of(), -1);

    @Test
    void snapshotThatTheCompanionListsIsAccepted() throws Exception {
        assertThat(read(source(SNAPSHOT, companion(SNAPSHOT)))).isEqualTo(StoreSummary.opaque());
    }

    @Test
    void storeWithoutCollectionsIsAccepted() throws Exception {
        assertThat(read(new InMemoryEntries("vectors/qdrant/").source(ARCHIVED)))
                .isEqualTo(StoreSummary.opaque());
    }

    @Test
    void otherSnapshotThanTheCompanionListsIsCorrupt() {
        byte[] other = "b snapshot".getBytes(StandardCharsets.UTF_8);
        assertCorrupt(source(other, companion(SNAPSHOT)), "\"notes\" in the archive is missing, or is not the one");
    }

    @Test
    void snapshotWithoutACompanionIsCorrupt() {
        EntrySource alone = new InMemoryEntries("vectors/qdrant/")
                .with("notes", SnapshotFiles.SUFFIX, SNAPSHOT)
                .source(ARCHIVED);
        assertCorrupt(
                alone,
                "vectors/qdrant/collections.json in the archive is missing, or does not list all" + " snapshots");
    }

    @Test
    void companionWithoutItsSnapshotIsCorrupt() {
        EntrySource alone = new InMemoryEntries("vectors/qdrant/")
                .with("collections", ".json", companion(SNAPSHOT).getBytes(StandardCharsets.UTF_8))
                .source(ARCHIVED);
        assertCorrupt(alone, "\"notes\" in the archive is missing");
    }

    @Test
    void fileThatIsNotASnapshotIsCorrupt() {
        EntrySource other = new InMemoryEntries("vectors/qdrant/")
                .with("notes", ".txt", SNAPSHOT)
                .source(ARCHIVED);
        assertCorrupt(other, "is not a snapshot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"format\": "})
    void malformedCompanionIsCorrupt(String companion) {
        assertCorrupt(source(SNAPSHOT, companion), "collections.json");
    }

    @Test
    void companionOfAnotherFormatIsIncompatible() {
        Fixtures.assertFails(
                () -> read(source(SNAPSHOT, companion(SNAPSHOT).replace("snapshot/1", "snapshot/2"))),
                Kind.INCOMPATIBLE,
                "snapshot/1");
    }

    private static String companion(byte[] listed) {
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(listed));
        return """
                {"format": "ngbak-qdrant-snapshot/1", "server_version": "1.18.3", "collections": [{"name": "notes",
                "config": {}, "payload_schema": {}, "size": 10, "sha256": "%s", "points": 3}]}""".formatted(sha256);
    }

    private static EntrySource source(byte[] snapshot, String companion) {
        return new InMemoryEntries("vectors/qdrant/")
                .with("notes", SnapshotFiles.SUFFIX, snapshot)
                .with("collections", ".json", companion.getBytes(StandardCharsets.UTF_8))
                .source(ARCHIVED);
    }

    private static StoreSummary read(EntrySource source) throws IOException {
        return Summaries.read(new QdrantRestorer(), source, Settings.of(Map.of()));
    }

    private static void assertCorrupt(EntrySource source, String problem) {
        Fixtures.assertFails(() -> read(source), Kind.CORRUPT, problem);
    }
}
