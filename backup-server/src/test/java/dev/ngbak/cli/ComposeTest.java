package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the compose file and the image's health check without a container engine. {@code .ci/containers} uses one. */
class ComposeTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern PORT = Pattern.compile("http://[0-9.]+:(\\d+)/");

    @TempDir
    Path temp;

    private static JsonNode services() throws Exception {
        boolean there = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "docker-compose")));
        assumeTrue(there || "true".equals(System.getenv("CI")), "docker-compose is not installed");
        String json = run("docker-compose -f docker-compose.yml --env-file .env.example config"
                + " | python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'");
        return MAPPER.readTree(json).path("services");
    }

    private static String run(String command) throws Exception {
        Process process = new ProcessBuilder("bash", "-o", "pipefail", "-c", command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void composeFileIsValidAndExposesNothing() throws Exception {
        JsonNode services = services();
        assertThat(services.fieldNames()).toIterable().containsExactlyInAnyOrder("neo4j", "qdrant", "redis", "ngbak");
        for (JsonNode service : services) {
            assertThat(service.path("image").asText()).matches("[a-z0-9/]+:[v0-9][\\w.-]+");
            service.path("ports").forEach(port -> assertThat(port.asText()).startsWith("127.0.0.1:"));
        }
        JsonNode ngbak = services.path("ngbak");
        assertThat(ngbak.path("read_only").asBoolean()).isTrue();
        assertThat(ngbak.path("user").asText()).isEqualTo("1000:1000");
        assertThat(ngbak.path("volumes").toString()).contains(":/backups").contains(":/tmp");
        for (String other : List.of("neo4j", "qdrant", "redis")) {
            assertThat(services.path(other).has("healthcheck")).as(other).isTrue();
            assertThat(ngbak.path("depends_on").path(other).path("condition").asText())
                    .isEqualTo("service_healthy");
        }
    }

    /** Runs the command of the image with the environment of the service, in folders of this machine. */
    @Test
    void containerCommandIsHealthyWithoutStores() throws Exception {
        JsonNode environment = services().path("ngbak").path("environment");
        NgbakProcess ngbak = new NgbakProcess(temp);
        ngbak.settings.clear();
        environment
                .properties()
                .forEach(variable -> ngbak.settings.put(
                        variable.getKey(),
                        variable.getValue().isNull() ? "" : variable.getValue().asText()));
        Path backups = Files.createDirectory(temp.resolve("volume"));
        ngbak.settings.put("BACKUP_DIR", backups.toString());
        ngbak.settings.put("PORT", "0");
        String dockerfile = Files.readString(ROOT.resolve("Dockerfile"));
        List<String> command =
                new ArrayList<>(List.of("java", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(words(dockerfile, "\nCMD"));
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        Process server = ngbak.start(command, out, err);
        try {
            Matcher said = PORT.matcher("");
            while (!said.find()) {
                assertThat(server.isAlive()).as(Files.readString(err)).isTrue();
                Thread.sleep(20);
                said = PORT.matcher(Files.readString(out));
            }
            String port = said.group(1);

            List<String> check = new ArrayList<>(words(dockerfile, "CMD (?=\\[\"bash\")"));
            ProcessBuilder healthy = new ProcessBuilder(check);
            healthy.environment().put("PORT", port);
            assertThat(healthy.start().waitFor()).as("the image's health check").isZero();

            assertThat(get(port, "api/v1/backup", null).statusCode()).isEqualTo(401);
            String key = environment.path("BACKUP_API_KEY").asText();
            assertThat(get(port, "api/v1/backup", key).body()).isEqualTo("[]");
            JsonNode stack = MAPPER.readTree(get(port, "api/v1/stack", key).body());
            for (String role : List.of("graph", "vector", "kv")) {
                assertThat(stack.path(role).path("reachable").asBoolean())
                        .as(role)
                        .isFalse();
                assertThat(stack.path(role).path("why_not").asText()).as(role).isNotBlank();
            }
            assertThat(Files.readString(err)).doesNotContain("BACKUP_API_KEY is not set");
        } finally {
            server.destroy();
            assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static HttpResponse<String> get(String port, String path, String key) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/" + path));
        if (key != null) {
            request.header("X-API-Key", key);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    /** Returns the words of an instruction of the Dockerfile in exec form. */
    private static List<String> words(String dockerfile, String instruction) throws IOException {
        Matcher found = Pattern.compile(instruction + " ?(\\[.*])").matcher(dockerfile);
        assertThat(found.find()).as(instruction).isTrue();
        List<String> words = new ArrayList<>();
        MAPPER.readTree(found.group(1)).forEach(word -> words.add(word.asText()));
        return words;
    }
}
