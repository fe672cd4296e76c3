package dev.ngbak.stack;

import dev.ngbak.testkit.KillMatrix;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a restore of Neo4j, Qdrant and Redis at random moments, with the assertions of {@link StackKillTest}. */
class StackRandomKillTest {

    @TempDir
    Path home;

    @Test
    void killAtARandomMomentLeavesAllStoresInOneState() throws Exception {
        try (KillScene scene = new KillScene()) {
            new KillMatrix(home, scene).killAtRandom(5, 1);
        }
    }
}
