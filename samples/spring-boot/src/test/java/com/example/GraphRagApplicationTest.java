package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.GraphRagApplication.Reindexer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts the application and talks to its actuator over HTTP. */
class GraphRagApplicationTest {

    private static final String DOCUMENTS = "{\"doc-1\": {\"content\": \"x\"}}";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    Path temp;

    private ConfigurableApplicationContext start(String... more) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(GraphRagApplication.class)
                .properties("server.port=0");
        String[] arguments = new String[more.length + 2];
        arguments[0] = "--ngbak.working-dir=" + temp.resolve("working_dir");
        arguments[1] = "--ngbak.backup-dir=" + temp.resolve("backups");
        System.arraycopy(more, 0, arguments, 2, more.length);
        return application.run(arguments);
    }

    private Path documents() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("working_dir"));
        return Files.writeString(folder.resolve("kv_store_full_docs.json"), DOCUMENTS);
    }

    private HttpResponse<String> call(ConfigurableApplicationContext application, String method, String path)
            throws IOException, InterruptedException {
        String port = application.getEnvironment().getProperty("local.server.port");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/" + path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "{\"note\": \"by hand\"}" : ""))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void backupIsStartedAndReportedOverHttpAndAFailedOperationIsUndone() throws Exception {
        Path documents = documents();
        try (ConfigurableApplicationContext application = start()) {
            assertEquals(503, call(application, "GET", "health").statusCode());

            HttpResponse<String> started = call(application, "POST", "ngbak");
            assertEquals(202, started.statusCode(), started.body());

            String report = call(application, "GET", "ngbak").body();
            while (report.contains("\"running\"")) {
                Thread.sleep(20);
                report = call(application, "GET", "ngbak").body();
            }
            assertTrue(report.contains("\"completed\""), report);
            assertTrue(report.contains("snapshot_"), report);
            HttpResponse<String> health = call(application, "GET", "health");
            assertEquals(200, health.statusCode(), health.body());
            assertTrue(health.body().contains("lastBackupAgeSeconds"), health.body());

            Reindexer reindexer = application.getBean(Reindexer.class);
            assertThrows(IllegalStateException.class, () -> reindexer.run(() -> {
                try {
                    Files.writeString(documents, "{}");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                throw new IllegalStateException("the language model does not answer");
            }));
            assertEquals(DOCUMENTS, Files.readString(documents));
        }
    }

    @Test
    void backupIsRefusedUnlessTheApplicationAllowsIt() throws Exception {
        documents();
        try (ConfigurableApplicationContext application = start("--management.endpoint.ngbak.access=read-only")) {
            assertEquals(405, call(application, "POST", "ngbak").statusCode());
            assertEquals(200, call(application, "GET", "ngbak").statusCode());
        }
    }
}
