package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Snapshots and the companion that says which they are; no server is asked. */
class SnapshotFilesTest {

    private static final byte[] SNAPSHOT = "a snapshot".getBytes(StandardCharsets.UTF_8);

    @Test
    void takesTheSnapshotThatItsCompanionNames() throws Exception {
        assertThat(SnapshotFiles.read(source(SNAPSHOT, SNAPSHOT), Progress.NONE))
                .isEqualTo(StoreSummary.opaque());
    }

    @Test
    void refusesAnotherSnapshotThanItsCompanionNames() {
        byte[] other = "b snapshot".getBytes(StandardCharsets.UTF_8);
        refused(source(other, SNAPSHOT), "the snapshot of \"notes\" in the archive is missing or another");
    }

    @Test
    void refusesASnapshotWithoutItsCompanion() {
        EntrySource alone = new InMemoryEntries("vectors/qdrant/")
                .with("notes", SnapshotFiles.SUFFIX, SNAPSHOT)
                .source(archived());
        refused(alone, "the archive lacks vectors/qdrant/collections.json");
    }

    private static EntrySource source(byte[] snapshot, byte[] named) {
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(named));
        String companion = """
                {"format": "ngbak-qdrant-snapshot/1", "server_version": "1.18.3", "collections": [{"name": "notes",
                "config": {}, "payload_schema": {}, "size": 10, "sha256": "%s", "points": 3}]}""".formatted(sha256);
        return new InMemoryEntries("vectors/qdrant/")
                .with("notes", SnapshotFiles.SUFFIX, snapshot)
                .with("collections", ".json", companion.getBytes(StandardCharsets.UTF_8))
                .source(archived());
    }

    private static StoreInfo archived() {
        return new StoreInfo("Qdrant", "1.18.3", "snapshot", Map.of(), -1);
    }

    private static void refused(EntrySource source, String why) {
        assertThatThrownBy(() -> SnapshotFiles.read(source, Progress.NONE))
                .isInstanceOfSatisfying(BackupException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
                    assertThat(e.problem()).isEqualTo(why);
                });
    }
}
