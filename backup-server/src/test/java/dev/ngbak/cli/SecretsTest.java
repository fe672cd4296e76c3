package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sets every secret to a unique text, and asserts that the text appears nowhere: not in logs, answers, metrics, manifests, the
 * page, job files, or the output of commands, in particular after failures and when a server echoes its input.
 */
class SecretsTest extends ServerProcess {

    private static final String MARKER = "MARKER";

    /** The secrets that can be set as a value or in a file. */
    private static final List<String> SECRETS =
            List.of("BACKUP_API_KEY", "NEO4J_PASSWORD", "QDRANT_API_KEY", "REDIS_PASSWORD");

    private final StringBuilder output = new StringBuilder();

    private void set(boolean inFiles) throws IOException {
        for (String name : SECRETS) {
            String secret = MARKER + "-" + name;
            if (inFiles) {
                Path file = Files.writeString(temp.resolve(name), secret + "\n");
                ngbak.settings.put(name + "_FILE", file.toString());
            } else {
                ngbak.settings.put(name, secret);
            }
        }
        headers = new String[] {"X-API-Key", MARKER + "-BACKUP_API_KEY"};
        for (String command : List.of("ADMIN", "STOP", "START")) {
            ngbak.settings.put("NEO4J_" + command + "_CMD", "neo4j --password=" + MARKER);
        }
        ngbak.settings.put(
                "GRAPHRAG_CONFIG_FILE",
                Files.writeString(
                                temp.resolve("config.json"),
                                "{\"llm\": {\"api_key\": \"MARKER\", \"url\": \"http://u:MARKER@host/\"}}")
                        .toString());
        ngbak.settings.put("BACKUP_COMPRESSION", "none"); // so that archives can be searched for the text
    }

    private void ask(String method, String path, String json, int status) throws Exception {
        HttpResponse<String> answer = text(method, path, json);
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        output.append(answer.headers()).append(answer.body()).append('\n');
    }

    private JsonNode job(String path, String json) throws Exception {
        JsonNode job = ended(startJob(path, json));
        output.append(job)
                .append(text("GET", "api/v1/jobs/" + job.path("job_id").asText() + "/events", null)
                        .body());
        return job;
    }

    private void askAll() throws Exception {
        for (String path :
                List.of("api/v1/stack", "api/v1/jobs", "api/v1/backup", "metrics", "openapi.json", "", "health/live")) {
            ask("GET", path, null, 200);
        }
        ask("GET", "api/v1/backup/none", null, 404);
        ask("POST", "api/v1/restore", "{\"backup_id\": \"none\"}", 404);
        ask("POST", "api/v1/restore", "{\"MARKER\": 1", 400);
        ask("POST", "api/v1/session", "{\"key\": \"MARKER-BACKUP_API_KEY\"}", 204);
        ask("POST", "api/v1/session", "{\"key\": \"MARKER wrong\"}", 401);
        String[] right = headers;
        headers = new String[] {"Authorization", "Bearer MARKER-wrong"};
        ask("GET", "api/v1/jobs", null, 401);
        headers = right;
    }

    private void stop() throws Exception {
        process.destroy();
        process.waitFor();
        output.append(Files.readString(out)).append(Files.readString(err));
    }

    private void run(int code, String... arguments) throws Exception {
        CommandResult ended = ngbak.run(arguments);
        assertThat(ended.code()).as(ended.out() + ended.err()).isEqualTo(code);
        output.append(ended.out()).append(ended.err());
    }

    private void assertNoSecretIsVisible() throws IOException {
        try (Stream<Path> files = Files.walk(ngbak.backups())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                output.append(file).append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(output.toString().lines()).noneMatch(line -> line.contains(MARKER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void secretsStaySecretInSuccessAndHookFailure(String log) throws Exception {
        set(log.equals("json"));
        ngbak.settings.put("LOG_FORMAT", log);
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "test -z MARKER || true");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "http://u:MARKER@127.0.0.1:1/resume?token=MARKER");
        serve();
        JsonNode backup = job("backup", "{\"backup_id\": \"mine\"}");
        assertThat(backup.path("status").asText()).as(backup.toString()).isEqualTo("completed");
        assertThat(backup.path("log").toString()).contains("BACKUP_RESUME_HOOK failed");
        assertThat(job("restore", "{\"backup_id\": \"mine\"}").path("status").asText())
                .isEqualTo("completed");
        assertThat(job("backup/mine/verify", null).path("status").asText()).isEqualTo("completed");
        ask("POST", "api/v1/restore?dry_run=true", "{\"backup_id\": \"mine\"}", 200);
        ask("GET", "api/v1/backup/mine", null, 200);
        askAll();
        stop();
        assertThat(output).contains("graphrag_config.json").contains("Stopped");

        ngbak.settings.put("BACKUP_PAUSE_HOOK", "http://u:MARKER@127.0.0.1:1/pause?token=MARKER");
        run(7, "backup");
        run(0, "list", "--json");
        run(0, "inspect", "mine", "--json");
        assertThat(output).contains("connection refused");
        assertNoSecretIsVisible();
    }

    /** The servers refuse every request, and echo it in the error. */
    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void secretsStaySecretWhenServersEchoThem(String log) throws Exception {
        set(log.equals("json"));
        ngbak.settings.put("LOG_FORMAT", log);
        ngbak.settings.putAll(Map.of("GRAPH_BACKEND", "neo4j", "VECTOR_BACKEND", "qdrant", "KV_BACKEND", "redis"));
        try (ServerSocket redis = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            HttpServer qdrant = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
            echo(qdrant);
            echo(redis);
            ngbak.settings.put(
                    "QDRANT_URL", "http://127.0.0.1:" + qdrant.getAddress().getPort());
            ngbak.settings.put(
                    "REDIS_URL",
                    (log.equals("json") ? "redis://127.0.0.1:" : "redis://u:MARKER-in-url@127.0.0.1:")
                            + redis.getLocalPort());
            ngbak.settings.put("NEO4J_URL", "bolt://127.0.0.1:1");
            serve();
            JsonNode failed = job("backup", null);
            assertThat(failed.path("status").asText()).isEqualTo("failed");
            assertThat(failed.path("error").asText())
                    .contains("Qdrant at")
                    .contains("Redis at")
                    .contains("***");
            askAll();
            stop();
            assertThat(output).contains("Failed after");
            run(7, "doctor", "--json");
            run(7, "backup", "--json");
            qdrant.stop(0);
        }
        assertNoSecretIsVisible();
    }

    private static void echo(HttpServer qdrant) {
        qdrant.createContext("/", exchange -> {
            String body = "{\"status\": {\"error\": \"not with "
                    + exchange.getRequestHeaders().getFirst("api-key") + "\"}}";
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(400, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        qdrant.start();
    }

    private static void echo(ServerSocket redis) {
        Thread thread = new Thread(() -> {
            while (!redis.isClosed()) {
                try (Socket client = redis.accept();
                        BufferedReader in = new BufferedReader(
                                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
                    StringBuilder command = new StringBuilder();
                    for (String line = in.readLine(); line != null; line = in.readLine()) {
                        int words = Integer.parseInt(line.substring(1));
                        for (int i = 0; i < words; i++) {
                            in.readLine();
                            command.append(in.readLine()).append(' ');
                        }
                        client.getOutputStream()
                                .write(("-ERR unknown command, with args beginning with: " + command + "\r\n")
                                        .getBytes(StandardCharsets.UTF_8));
                    }
                } catch (IOException e) {
                    continue; // the client disconnected, or the test has ended
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Test
    void secretsStaySecretInInvalidAddresses() throws Exception {
        set(false);
        for (Map<String, String> wrong : List.of(
                Map.of("VECTOR_BACKEND", "qdrant", "QDRANT_URL", "http://u:MARKER@127.0.0.1:1"),
                Map.of("KV_BACKEND", "redis", "REDIS_URL", "redis://u:MARKER@"),
                Map.of("GRAPH_BACKEND", "neo4j", "NEO4J_URL", "bolt://u:MARKER@127.0.0.1:1?token=MARKER"))) {
            ngbak.settings.putAll(wrong);
        }
        run(2, "backup", "--json");
        assertThat(output).contains("QDRANT_URL").contains("REDIS_URL");
        assertNoSecretIsVisible();
    }
}
