package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.testkit.KillMatrix;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a restore of Neo4j, Qdrant and Redis at records of the journal. After recovery, all three stores must hold the
 * old state or all three the new one, and data out of scope must be unchanged. {@link StackRandomKillTest} kills at random
 * moments. It is a separate class so that the two can run in parallel.
 */
class StackKillTest {

    @TempDir
    Path home;

    /** Kills each scenario three times. The same matrix with the file-based stores kills each at every record. */
    @Test
    void killAtARecordOfTheJournalLeavesAllStoresInOneState() throws Exception {
        try (KillScene scene = new KillScene()) {
            new KillMatrix(home, scene).killAtSomeRecords(15, 1);
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
