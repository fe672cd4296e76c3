package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.ngbak.cli.WorkingFolders;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.server.ApiClient.Answer;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The story of a system that lost nearly all of its entities, whose loss was backed up nine days ago, and whose schedule has
 * failed since: everything that should tell an operator does, and no good archive is deleted.
 */
class ShrunkSystemTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();
    private final List<JsonNode> messages = Collections.synchronizedList(new ArrayList<>());
    private HttpServer receiver;
    private ApiClient client;

    @BeforeEach
    void backUpTheLoss() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            messages.add(MAPPER.readTree(exchange.getRequestBody().readAllBytes()));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        settings.put("WORKING_DIR", temp.resolve("working_dir").toString());
        settings.put("BACKUP_DIR", temp.resolve("backups").toString());
        settings.put(
                "BACKUP_NOTIFY_URL", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/");
        settings.put("BACKUP_KEEP", "last=1");
        settings.put("BACKUP_EXPECTED_EVERY", "24h");
        settings.put("BACKUP_CHECK", "off"); // The generated data has no chunks.
        fill(4_000);
        backUp("good", 10);
        StateDirectory.deleteTree(temp.resolve("working_dir"));
        fill(232);
        backUp("shrunk", 9);
    }

    private void fill(int kilobytes) throws Exception {
        WorkingFolders.make(temp.resolve("working_dir"), kilobytes, 1);
    }

    private void backUp(String id, int daysAgo) {
        try (BackupManager manager = new BackupManager(
                Settings.of(settings),
                ServiceLoader.load(StorageExporter.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                ServiceLoader.load(StorageRestorer.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                Clock.offset(Clock.systemUTC(), Duration.ofDays(-daysAgo)))) {
            manager.create(id, null, new Job());
        }
    }

    private void startServer() throws Exception {
        client = new ApiClient(
                temp,
                settings.entrySet().stream()
                        .flatMap(setting -> List.of(setting.getKey(), setting.getValue()).stream())
                        .toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
        if (client != null) {
            client.close();
        }
    }

    private List<String> events() {
        return messages.stream().map(message -> message.path("event").asText()).toList();
    }

    private List<String> ids() throws Exception {
        return client.get("/backup").json().findValuesAsText("backup_id");
    }

    /** Waits until the server has looked at the stores, and returns its answer. */
    private JsonNode health() throws Exception {
        while (true) {
            JsonNode health = client.get("/health").json();
            if (!health.toString().contains("not known")) {
                return health;
            }
            Thread.sleep(50);
        }
    }

    @Test
    void everythingTellsTheOperatorAndNoGoodArchiveIsDeleted() throws Exception {
        assertThat(events()).contains("data_shrank");
        assertThat(messages.toString()).contains("entities 1,500 before, 87 now (-94 %)");
        startServer();

        JsonNode health = health();
        assertThat(health.path("status").asText()).isEqualTo("at_risk");
        assertThat(health.path("reasons").toString())
                .contains("9 days old", "BACKUP_EXPECTED_EVERY", "entities", "87 now", "ngbak acknowledge shrunk");
        assertThat(client.get("//metrics").text()).contains("ngbak_last_backup_shrunk 1.0");
        assertThat(ids()).containsExactly("shrunk", "good");
        Answer refused = client.post("/prune", null);
        assertThat(refused.status()).as(refused.text()).isEqualTo(409);
        assertThat(refused.text()).contains("acknowledge");
        assertThat(ids()).containsExactly("shrunk", "good");
    }

    @Test
    void restoringTheGoodArchiveEndsTheRisk() throws Exception {
        startServer();
        JsonNode restored = client.ended(client.post("/restore", "{\"backup_id\": \"good\"}"));
        assertThat(restored.path("status").asText()).as(restored.toString()).isEqualTo("completed");
        client.backup("again");

        JsonNode health = health();
        assertThat(health.path("status").asText()).as(health.toString()).isEqualTo("protected");
        assertThat(client.get("//metrics").text()).doesNotContain("ngbak_last_backup_shrunk 1.0");
    }

    @Test
    void acknowledgementAllowsTheDeletion() throws Exception {
        startServer();

        assertThat(client.send("PUT", "/backup/shrunk/acknowledgement", BodyPublishers.noBody())
                        .status())
                .isEqualTo(204);

        assertThat(health().path("reasons").toString()).contains("9 days old").doesNotContain("acknowledge");
        JsonNode pruned = client.ended(client.post("/prune", null));
        assertThat(pruned.path("status").asText()).as(pruned.toString()).isEqualTo("completed");
        assertThat(ids()).containsExactly("shrunk");
    }
}
