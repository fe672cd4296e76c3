package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.testkit.KillMatrix;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a restore of Neo4j, Qdrant and Redis at every record of the journal. After recovery, all three stores must hold the
 * old state or all three the new one, and data out of scope must be unchanged. {@link StackRandomKillTest} kills at random
 * moments. It is a separate class so that the two can run in parallel.
 */
class StackKillTest {

    @TempDir
    Path home;

    @Test
    void killAfterAnyJournalRecordLeavesAllStoresInOneState() throws Exception {
        try (KillScene scene = new KillScene()) {
            new KillMatrix(home, scene).killAfterEveryRecord();
        }
    }

    /** Also writes the table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void threeHundredKillsLeaveAllStoresInOneState() throws Exception {
        try (KillScene scene = new KillScene()) {
            KillMatrix matrix = new KillMatrix(home, scene);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(300, System.nanoTime());
            matrix.writeTable(Path.of("../../docs/kill-matrix.md"), "Neo4j, Qdrant and Redis");
            assertThat(Files.readString(Path.of("../../docs/kill-matrix.md"))).contains("## Neo4j, Qdrant and Redis");
        }
    }
}
