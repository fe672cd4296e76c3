package dev.ngbak.files;

import dev.ngbak.testkit.KillMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills restores of files. Each must end with all old files or all new files, byte for byte. */
class KillMatrixTest {

    @TempDir
    Path temp;

    private KillMatrix matrix;

    @BeforeEach
    void prepareScene() throws Exception {
        Path folder = temp.resolve("working_dir");
        matrix = new KillMatrix(Files.createDirectory(temp.resolve("home")), new ThreeKinds(folder));
    }

    /** The three kinds of files. Each state has a file that the other does not have. */
    record ThreeKinds(Path folder) implements KillMatrix.Scene {

        @Override
        public Map<String, String> settings() {
            return Map.of("WORKING_DIR", folder.toString());
        }

        @Override
        public void makeNew() throws IOException {
            make(1, "text_chunks");
        }

        @Override
        public void makeOld() throws IOException {
            make(2, "community_reports");
        }

        private void make(long seed, String namespace) throws IOException {
            SampleFiles.delete(folder);
            Random random = new Random(seed);
            SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", SampleFiles.graph(300, random));
            SampleFiles.write(folder, "vdb_entities.json", SampleFiles.vectors(300, random));
            SampleFiles.write(folder, "kv_store_full_docs.json", SampleFiles.kv(300, random));
            SampleFiles.write(folder, "kv_store_" + namespace + ".json", SampleFiles.kv(30, random));
            SampleFiles.write(folder, "notes.txt", "foreign");
        }

        @Override
        public Object picture() throws IOException {
            return SampleFiles.tree(folder);
        }

        @Override
        public List<String> leftovers() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString())
                        .filter(name -> name.startsWith("."))
                        .toList();
            }
        }
    }

    @Test
    void killedRestoreNeverLeavesAMix() throws Exception {
        matrix.killAtEveryRecord();
        matrix.killAtRandom(10, 1);
    }

    /** Writes the table in docs/kill-matrix.md. */
    @Test
    @Tag("full")
    void killedRestoreNeverLeavesAMixIn300Rounds() throws Exception {
        matrix.killAtEveryRecord();
        matrix.killAtRandom(300, System.nanoTime());
        matrix.writeTable(Path.of("../docs/kill-matrix.md"), "Files");
    }
}
