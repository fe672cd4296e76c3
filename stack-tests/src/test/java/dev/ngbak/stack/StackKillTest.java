package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Role;
import dev.ngbak.testkit.KillMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whenever a restore of Neo4j, Qdrant and Redis is killed, all three end in the old state or all three in the new one, and
 * what belongs to others is as it was.
 */
class StackKillTest {

    private static Stack stack;

    @TempDir
    Path home;

    private KillMatrix matrix;

    @BeforeAll
    static void start() {
        stack = Stack.startBesideSharedNeo4j();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void makeTheScene() throws IOException {
        stack.clear();
        stack.fillForeign();
        matrix = new KillMatrix(home, new Servers(stack.foreignPictures(), System.currentTimeMillis()));
    }

    private record Servers(Map<Role, String> foreign, long now) implements KillMatrix.Scene {

        @Override
        public Map<String, String> settings() {
            return stack.environment();
        }

        @Override
        public void makeNew() {
            make(new Dataset(Size.TINY, Variant.FORK, 1, 8, true));
        }

        @Override
        public void makeOld() {
            make(new Dataset(Size.TINY, Variant.CLEAN, 2, 8, false));
        }

        void make(Dataset data) {
            stack.wipe();
            stack.fill(data, now);
        }

        @Override
        public Object picture() {
            assertThat(stack.foreignPictures()).isEqualTo(foreign);
            return stack.pictures();
        }

        @Override
        public List<String> leftovers() {
            return List.of(); // what is left in a server belongs to nobody, and is in the picture of others' things
        }
    }

    @Test
    void atEveryRecordOfTheJournalAndAtRandomMoments() throws Exception {
        matrix.killAfterEveryRecord();
        matrix.killAtRandom(20, 1);
    }

    /** Writes the table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void threeHundredTimes() throws Exception {
        matrix.killAtEveryRecord();
        matrix.killAtRandom(300, System.nanoTime());
        matrix.writeTable(Path.of("../docs/kill-matrix.md"), "Neo4j, Qdrant and Redis");
        assertThat(Files.readString(Path.of("../docs/kill-matrix.md"))).contains("## Neo4j, Qdrant and Redis");
    }
}
