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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills restores of a workspace whose vectors are in a collection of three workspaces. After any kill, the other two must have
 * the points that they had.
 */
@Tag("full")
class SharedCollectionKillTest {

    @TempDir
    Path home;

    @TempDir
    Path storage;

    /** A workspace with files for graph and documents, and Qdrant for vectors. */
    private static final class Scene implements KillMatrix.Scene, AutoCloseable {

        private final QdrantServer server = start();
        private final SharedCollection entities = new SharedCollection(server, SharedCollection.ENTITIES);
        private final Path storage;
        private final Map<String, JsonNode> others;

        Scene(Path storage) throws IOException {
            this.storage = storage;
            entities.create().add("ws", 40, 1);
            entities.add("w", 40, 2);
            entities.add("ws_2", 40, 3);
            others = others();
        }

        private static QdrantServer start() {
            try {
                return QdrantServer.startDedicated();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private Map<String, JsonNode> others() throws IOException {
            return entities.points().stream(workspace -> !workspace.equals("ws"));
        }

        @Override
        public Map<String, String> settings() {
            Map<String, String> settings = new HashMap<>();
            for (String name : List.of("QDRANT_URL", "QDRANT_GRPC_PORT")) {
                settings.put(name, server.settings().text(name));
            }
            settings.put("GRAPHRAG_SYSTEM", "lightrag");
            settings.put("LIGHTRAG_VECTOR_STORAGE", "QdrantVectorDBStorage");
            settings.put("WORKSPACE", "ws");
            settings.put("WORKING_DIR", storage.toString());
            return settings;
        }

        @Override
        public void makeNew() throws IOException {
            make("harbour", 700, 11);
        }

        @Override
        public void makeOld() throws IOException {
            make("harbour_2", 600, 12);
        }

        private void make(String sample, int points, long seed) throws IOException {
            Folders.delete(storage.resolve("ws"));
            Folders.copy(Folders.SAMPLE.resolve(sample), storage.resolve("ws"));
            for (String vectors : List.of("entities", "relationships", "chunks")) {
                Files.delete(storage.resolve("ws/vdb_" + vectors + ".json"));
            }
            entities.deletePointsOf("ws");
            entities.add("ws", points, seed);
        }

        @Override
        public Object picture() throws IOException {
            assertThat(others()).isEqualTo(others);
            return List.of(Folders.contents(storage, path -> true), entities.points().stream("ws"::equals));
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
    void killsLeaveOtherTenantsAlone() throws Exception {
        try (Scene scene = new Scene(storage)) {
            KillMatrix matrix = new KillMatrix(home, scene);
            matrix.killAtEveryRecord();
            matrix.killAtRandom(60, System.nanoTime());
        }
    }
}
