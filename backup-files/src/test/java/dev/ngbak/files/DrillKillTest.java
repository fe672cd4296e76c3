package dev.ngbak.files;

import dev.ngbak.testkit.DrillKills;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills drills of files. The next job must leave nothing of them, and the live files stay as they are. */
class DrillKillTest {

    @TempDir
    Path temp;

    @Test
    void nextJobRemovesWhatAKilledDrillLeft() throws Exception {
        DrillKills kills = new DrillKills(
                Files.createDirectory(temp.resolve("home")),
                new KillMatrixTest.ThreeKinds(temp.resolve("working_dir")));
        kills.killAtEveryStep();
        kills.killAtRandom(5, 1);
    }
}
