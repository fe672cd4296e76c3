package dev.ngbak.stack;

import dev.ngbak.testkit.KillMatrix;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same as {@link StackKillTest}, at moments that nobody has chosen. */
class StackRandomKillTest {

    @TempDir
    Path home;

    @Test
    void atRandomMoments() throws Exception {
        try (KillScene scene = new KillScene()) {
            new KillMatrix(home, scene).killAtRandom(20, 1);
        }
    }
}
