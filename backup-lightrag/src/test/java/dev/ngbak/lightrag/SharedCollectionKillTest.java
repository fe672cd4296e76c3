package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.testkit.KillMatrix;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills restores of a workspace whose vectors are in a collection of several workspaces. After any kill, the others must have
 * the points that they had. Restores into the workspace itself, and restores of another one under its name.
 */
class SharedCollectionKillTest {

    private static final String TARGET = "ws";

    @TempDir
    Path home;

    @TempDir
    Path storage;

    /** A workspace with files for graph and documents, and Qdrant for vectors. */
    private static final class Scene implements KillMatrix.Scene, AutoCloseable {

        private final QdrantServer server = start();
        private final SharedCollection entities = new SharedCollection(server, SharedCollection.ENTITIES);
        private final Path storage;
        private final String source;
        private final Map<String, JsonNode> others;
        private final Map<String, String> otherFiles;

        /** @param source the workspace in the settings, which the archive is made of */
        Scene(Path storage, String source) throws IOException {
            this.storage = storage;
            this.source = source;
            entities.create().add("w", 40, 2);
            entities.add("ws_2", 40, 3);
            if (!source.equals(TARGET)) {
                make(source, "harbour", 700, 11);
            }
            others = others();
            otherFiles = otherFiles();
        }

        private static QdrantServer start() {
            try {
                return QdrantServer.startDedicated();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private Map<String, JsonNode> others() throws IOException {
            return entities.points().stream(workspace -> !workspace.equals(TARGET));
        }

        private Map<String, String> otherFiles() throws IOException {
            return Folders.contents(storage, path -> !path.startsWith(TARGET + "/"));
        }

        @Override
        public Map<String, String> settings() {
            Map<String, String> settings = new HashMap<>();
            for (String name : List.of("QDRANT_URL", "QDRANT_GRPC_PORT")) {
                settings.put(name, server.settings().text(name));
            }
            settings.put("GRAPHRAG_SYSTEM", "lightrag");
            settings.put("LIGHTRAG_VECTOR_STORAGE", "QdrantVectorDBStorage");
            settings.put("WORKSPACE", source);
            settings.put("WORKING_DIR", storage.toString());
            return settings;
        }

        @Override
        public Optional<String> workspace() {
            return source.equals(TARGET) ? Optional.empty() : Optional.of(TARGET);
        }

        @Override
        public void makeNew() throws IOException {
            make(TARGET, "harbour", 700, 11);
        }

        @Override
        public void makeOld() throws IOException {
            make(TARGET, "harbour_2", 600, 12);
        }

        private void make(String workspace, String sample, int points, long seed) throws IOException {
            Path files = storage.resolve(workspace);
            Folders.delete(files);
            Folders.copy(Folders.SAMPLE.resolve(sample), files);
            for (String vectors : List.of("entities", "relationships", "chunks")) {
                Files.delete(files.resolve("vdb_" + vectors + ".json"));
            }
            entities.deletePointsOf(workspace);
            entities.add(workspace, points, seed);
        }

        @Override
        public Object picture() throws IOException {
            assertThat(others()).isEqualTo(others);
            assertThat(otherFiles()).isEqualTo(otherFiles);
            return List.of(
                    Folders.contents(storage, path -> path.startsWith(TARGET + "/")),
                    entities.points().stream(TARGET::equals));
        }

        @Override
        public List<String> leftovers() throws IOException {
            return Folders.contents(storage, path -> path.contains(".ngbak-")).keySet().stream()
                    .toList();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @Test
    void someKillsOfARestoreUnderAnotherNameLeaveOtherTenantsAlone() throws Exception {
        try (Scene scene = new Scene(storage, "source")) {
            new KillMatrix(home, scene).killAtSomeRecords(3, System.nanoTime());
        }
    }

    @Test
    @Tag("full")
    void killsOfARestoreUnderAnotherNameLeaveOtherTenantsAlone() throws Exception {
        try (Scene scene = new Scene(storage, "source")) {
            KillMatrix matrix = new KillMatrix(home, scene);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(60, System.nanoTime());
        }
    }

    @Test
    @Tag("full")
    void killsLeaveOtherTenantsAlone() throws Exception {
        try (Scene scene = new Scene(storage, TARGET)) {
            KillMatrix matrix = new KillMatrix(home, scene);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(60, System.nanoTime());
        }
    }
}
