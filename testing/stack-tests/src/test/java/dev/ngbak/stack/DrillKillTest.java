package dev.ngbak.stack;

import dev.ngbak.testkit.DrillKills;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills drills on Neo4j, Qdrant and Redis. What they left on the servers is out of scope, so {@link KillScene} finds it. */
class DrillKillTest {

    @TempDir
    Path home;

    @Test
    void nextJobRemovesWhatAKilledDrillLeft() throws Exception {
        try (KillScene scene = new KillScene()) {
            DrillKills kills = new DrillKills(home, scene);
            kills.killAtSomeSteps(1, 4);
            kills.killAtRandom(1, 1);
        }
    }

    @Test
    @Tag("full")
    void nextJobRemovesWhatAnyOfManyKilledDrillsLeft() throws Exception {
        try (KillScene scene = new KillScene()) {
            DrillKills kills = new DrillKills(home, scene);
            kills.killAtEveryStep();
            kills.killAtRandom(11, System.nanoTime());
        }
    }
}
