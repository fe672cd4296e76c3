package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.testkit.KillMatrix;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whenever a restore of Neo4j, Qdrant and Redis is killed, all three end in the old state or all three in the new one, and
 * what belongs to others is as it was. The moments that nobody has chosen are in {@link StackRandomKillTest}, a class of its
 * own because it is as long and classes run side by side.
 */
class StackKillTest {

    @TempDir
    Path home;

    @Test
    void atEveryRecordOfTheJournal() throws Exception {
        try (KillScene scene = new KillScene()) {
            new KillMatrix(home, scene).killAfterEveryRecord();
        }
    }

    /** Writes the table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void threeHundredTimes() throws Exception {
        try (KillScene scene = new KillScene()) {
            KillMatrix matrix = new KillMatrix(home, scene);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(300, System.nanoTime());
            matrix.writeTable(Path.of("../../docs/kill-matrix.md"), "Neo4j, Qdrant and Redis");
            assertThat(Files.readString(Path.of("../../docs/kill-matrix.md"))).contains("## Neo4j, Qdrant and Redis");
        }
    }
}
