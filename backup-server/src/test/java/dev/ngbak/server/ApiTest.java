package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the API over HTTP on a real server. The client validates each answer against openapi.json. */
class ApiTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        client = new ApiClient(temp);
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private static Map<String, String> contents(Path folder) throws Exception {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private static void deleteFiles(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void restoreBringsBackDestroyedFiles() throws Exception {
        Map<String, String> before = contents(client.workingDir());

        Answer accepted = client.post("/backup", "{\"backup_id\": \"mine\", \"note\": \"before re-index\"}");
        assertThat(accepted.json().path("metadata").path("backup_id").asText()).isEqualTo("mine");
        URI location = client.uri(ApiClient.PREFIX + "/backup").resolve(accepted.header("Location"));
        assertThat(location.getPath())
                .isEqualTo(ApiClient.PREFIX + "/jobs/"
                        + accepted.json().path("job_id").asText());
        JsonNode backup = client.ended(accepted);
        assertThat(backup.path("status").asText()).as(backup.toString()).isEqualTo("completed");
        assertThat(backup.path("log").toString())
                .contains("Created backup mine")
                .contains("It took");

        JsonNode listed = client.get("/backup").json();
        assertThat(listed).hasSize(1);
        assertThat(listed.path(0).path("note").asText()).isEqualTo("before re-index");
        assertThat(listed.path(0).path("size_bytes").asLong())
                .isEqualTo(Files.size(client.backups().resolve("mine.ngbak")));
        assertThat(client.get("/backup/mine").json().path("files")).hasSize(4);

        JsonNode verified = client.ended(client.post("/backup/mine/verify", null));
        assertThat(verified.path("metadata").path("decoded")).hasSize(3);

        deleteFiles(client.workingDir());
        Answer plan = client.post("/restore?dry_run=true", "{\"backup_id\": \"mine\"}");
        assertThat(plan.status()).isEqualTo(200);
        assertThat(plan.json().path("archive").path("documents").asInt()).isEqualTo(20);
        assertThat(plan.json().path("changes").path("documents").asInt()).isEqualTo(20);
        assertThat(plan.json().path("live").path("documents").asInt()).isZero();
        assertThat(contents(client.workingDir())).isEmpty();

        JsonNode restored = client.ended(client.post(
                "/restore", "{\"backup_id\": \"mine\", \"options\": {\"verify\": \"full\", \"safety_backup\": true}}"));
        assertThat(restored.path("status").asText()).as(restored.toString()).isEqualTo("completed");
        assertThat(restored.path("metadata").path("proofs").path("kv").asText()).isEqualTo("content digest");
        assertThat(restored.path("metadata").path("advice"))
                .singleElement()
                .satisfies(
                        advice -> assertThat(advice.asText()).contains("If nano-graphrag is running, restart it now"));
        assertThat(contents(client.workingDir())).isEqualTo(before);

        JsonNode jobs = client.get("/jobs").json();
        assertThat(jobs).extracting(job -> job.path("type").asText()).containsExactly("restore", "verify", "backup");

        assertThat(client.send("DELETE", "/backup/mine", BodyPublishers.noBody())
                        .status())
                .isEqualTo(204);
        assertThat(client.get("/backup/mine").status()).isEqualTo(404);
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void restoreOfSelectedStoresLeavesTheOthersAlone() throws Exception {
        client.backup("mine");
        deleteFiles(client.workingDir());

        JsonNode job = client.ended(client.post(
                "/backup/restore",
                "{\"backup_id\": \"mine\", \"options\": {\"backends\": [\"kv\"], \"verify\": \"counts\"}}"));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(contents(client.workingDir())).containsOnlyKeys("kv_store_full_docs.json");
    }

    @Test
    void backupWithoutABodyGetsATimestampId() throws Exception {
        Answer accepted = client.post("/backup", null);

        String id = accepted.json().path("metadata").path("backup_id").asText();
        assertThat(id).matches("snapshot_\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ");
        client.ended(accepted);
        assertThat(client.get("/backup/" + id).status()).isEqualTo(200);
    }

    @Test
    void requestIsRefusedWithTheJobIdWhileAJobRuns() throws Exception {
        client.backup("old");
        client.close();
        Path go = temp.resolve("go");
        client = new ApiClient(temp, "BACKUP_PAUSE_HOOK", "while [ ! -e " + go + " ]; do sleep 0.05; done");
        Answer first = client.post("/backup", "{\"backup_id\": \"first\"}");
        String job = first.json().path("job_id").asText();

        for (Answer refused : List.of(
                client.post("/backup", "{\"backup_id\": \"second\"}"),
                client.post("/backup", null),
                client.post("/restore", "{\"backup_id\": \"old\"}"),
                client.post("/backup/old/verify", null),
                client.send("DELETE", "/backup/old", BodyPublishers.noBody()))) {
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("job_id").asText()).isEqualTo(job);
            assertThat(refused.json().path("detail").asText()).doesNotContainPattern(":\\d\\d\\.\\d");
        }
        assertThat(client.get("//metrics").text()).contains("ngbak_job_running{type=\"backup\"} 1.0");
        Files.createFile(go);

        assertThat(client.ended(job).path("status").asText()).isEqualTo("completed");
        assertThat(client.get("/jobs").json()).hasSize(2);
    }

    @Test
    void runningJobCanBeCancelledOnce() throws Exception {
        client.close();
        client = new ApiClient(temp, "BACKUP_PAUSE_HOOK", "sleep 100");
        String job = client.post("/backup", null).json().path("job_id").asText();

        assertThat(client.post("/jobs/" + job + "/cancel", null).status()).isEqualTo(202);

        JsonNode ended = client.ended(job);
        assertThat(ended.path("status").asText()).isEqualTo("cancelled");
        assertThat(ended.path("error").asText()).contains("No archive was made");
        assertThat(client.post("/jobs/" + job + "/cancel", null).status()).isEqualTo(409);
        assertThat(client.get("/backup").json()).isEmpty();
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void eventStreamSendsTheWholeJobUntilItEnds() throws Exception {
        client.close();
        Path go = temp.resolve("go");
        client = new ApiClient(temp, "BACKUP_PAUSE_HOOK", "while [ ! -e " + go + " ]; do sleep 0.05; done");
        String job = client.post("/backup", null).json().path("job_id").asText();
        var lines = java.net.http.HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(client.uri(ApiClient.PREFIX + "/jobs/" + job + "/events"))
                                .build(),
                        BodyHandlers.ofLines());

        assertThat(lines.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        List<String> data = new ArrayList<>();
        lines.body().filter(line -> line.startsWith("data: ")).forEach(line -> {
            data.add(line.substring(6));
            if (!Files.exists(go)) {
                try {
                    Files.createFile(go);
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });

        assertThat(data).hasSizeGreaterThanOrEqualTo(2);
        assertThat(data.get(0)).contains("\"status\":\"processing\"").contains(job);
        assertThat(data.get(data.size() - 1)).contains("\"status\":\"completed\"");
    }

    @Test
    void invalidRequestsAreRefused() throws Exception {
        client.backup("mine");

        assertThat(client.post("/backup", "{\"backup_id\": \"mine\"}").status()).isEqualTo(409);
        assertThat(client.post("/backup", "{\"backup_id\": \"../x\"}").status()).isEqualTo(400);
        assertThat(client.post("/backup", "{\"backup_id\": 5}").status()).isEqualTo(400);
        assertThat(client.post("/backup", "{\"nope\": 5}").json().path("remedy").asText())
                .contains("backup_id, note");
        assertThat(client.post("/backup", "{\"note\": ").status()).isEqualTo(400);
        assertThat(client.post("/backup", "[]").status()).isEqualTo(400);
        assertThat(client.post("/backup", "{} {}").status()).isEqualTo(400);
        assertThat(client.post("/backup", "{\"note\": \"" + "x".repeat(70_000) + "\"}")
                        .status())
                .isEqualTo(413);
        assertThat(client.send("POST", "/backup", BodyPublishers.ofString("note=x"), "Content-Type", "text/plain")
                        .status())
                .isEqualTo(415);
        assertThat(client.send("POST", "/restore", BodyPublishers.ofString("x"), "Content-Type", "application/zip")
                        .status())
                .isEqualTo(415);
        assertThat(client.post("/restore", null).status()).isEqualTo(400);
        assertThat(client.post("/restore", "{\"backup_id\": \"other\"}").status())
                .isEqualTo(404);
        assertThat(client.post("/restore", "{\"upload_id\": \"../../mine\"}").status())
                .isEqualTo(404);
        assertThat(client.post("/restore", "{\"upload_id\": \"x\", \"backup_id\": \"mine\"}")
                        .status())
                .isEqualTo(400);
        for (String options : List.of(
                "{\"backends\": [\"graf\"]}",
                "{\"backends\": []}",
                "{\"backends\": \"kv\"}",
                "{\"verify\": \"no\"}",
                "{\"safety_backup\": \"no\"}",
                "{\"safety\": false}",
                "7")) {
            assertThat(client.post("/restore", "{\"backup_id\": \"mine\", \"options\": " + options + "}")
                            .status())
                    .as(options)
                    .isEqualTo(400);
        }
        assertThat(client.post("/restore?dry_run=perhaps", "{\"backup_id\": \"mine\"}")
                        .status())
                .isEqualTo(400);
        assertThat(client.get("/jobs/" + java.util.UUID.randomUUID()).status()).isEqualTo(404);
        assertThat(client.get("/jobs/x").status()).isEqualTo(404);
        assertThat(client.post("/jobs/x/cancel", null).status()).isEqualTo(404);
        assertThat(client.get("/jobs/x/events").status()).isEqualTo(404);
        assertThat(client.get("/backup/other/download").status()).isEqualTo(404);
        assertThat(client.post("/backup/other/verify", null).status()).isEqualTo(404);
        assertThat(client.send("DELETE", "/backup/other", BodyPublishers.noBody())
                        .status())
                .isEqualTo(404);
        assertThat(client.send("PUT", "/backup", BodyPublishers.noBody()).status())
                .isEqualTo(405);
        assertThat(client.get("/nothing").status()).isEqualTo(404);
        assertThat(client.get("/jobs").json()).hasSize(1);
    }

    @Test
    void idIsNeverInterpretedAsAPath() throws Exception {
        client.backup("mine");
        Files.writeString(temp.resolve("secret.ngbak"), "not for you");

        for (String id : List.of(
                "..%2fsecret",
                "%2e%2e%2fsecret",
                "..%5csecret",
                "%2ftmp%2fsecret",
                "secret%00",
                "..",
                "%2e%2e",
                "...",
                "-x",
                "a".repeat(10_000),
                "%ff%fe",
                "a%0d%0ab",
                "mine%2f..%2fmine",
                "mine;x",
                "mine%3b",
                "%252e%252e%252fsecret",
                "%u0062ase",
                "%u00e9",
                "%u",
                "%uzzzz",
                "%zz",
                "%",
                "mine%",
                "mine%2",
                "%c3",
                "%c3%28",
                "%c0%ae",
                "%ed%a0%80",
                "caf\u00e9")) {
            for (String request : List.of(
                    "GET " + ApiClient.PREFIX + "/backup/" + id,
                    "GET " + ApiClient.PREFIX + "/backup/" + id + "/download",
                    "DELETE " + ApiClient.PREFIX + "/backup/" + id,
                    "POST " + ApiClient.PREFIX + "/backup/" + id + "/verify",
                    "GET " + ApiClient.PREFIX + "/jobs/" + id,
                    "GET " + ApiClient.PREFIX + "/jobs/" + id + "/events",
                    "POST " + ApiClient.PREFIX + "/jobs/" + id + "/cancel")) {
                String answer = client.raw(
                        request + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                assertThat(answer).as(request).matches("(?s)HTTP/1.1 40[045] .*");
                assertThat(answer)
                        .contains("application/problem+json")
                        .doesNotContain("not for you")
                        .doesNotContain("dev.ngbak")
                        .doesNotContain("jetty")
                        .doesNotContain(temp.toString());
            }
        }
        assertThat(client.get("/backup/mine").status()).isEqualTo(200);
        assertThat(temp.resolve("secret.ngbak")).exists();
    }

    @Test
    void problemsAreUtf8() throws Exception {
        String name = "snapshot-caf\u00e9-\u2026";
        Answer refused = client.post("/backup", "{\"backup_id\": \"" + name + "\"}");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("detail").asText()).contains(name);
    }

    @Test
    void scriptInANoteIsReturnedAsText() throws Exception {
        String script = "<script>alert(1)</script>";
        client.ended(client.post("/backup", "{\"backup_id\": \"mine\", \"note\": \"" + script + "\"}"));

        Answer listed = client.get("/backup");
        assertThat(listed.json().path(0).path("note").asText()).isEqualTo(script);
        assertThat(listed.header("Content-Type")).isEqualTo("application/json");
        assertThat(listed.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(listed.header("Content-Security-Policy")).contains("default-src 'none'");
        Answer refused = client.get("/backup/%3Cscript%3E");
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }

    @Test
    void fileThatIsNotAnArchiveIsListedAsUnreadable() throws Exception {
        client.backup("mine");
        Files.writeString(client.backups().resolve("other.ngbak"), "not an archive");

        JsonNode listed = client.get("/backup").json();

        assertThat(listed).hasSize(2);
        assertThat(listed.toString()).contains("\"status\":\"unreadable\"");
        assertThat(client.get("/backup/other").status()).isEqualTo(422);
        assertThat(client.post("/restore", "{\"backup_id\": \"other\"}").status())
                .isEqualTo(422);
        assertThat(client.ended(client.post("/backup/other/verify", null))
                        .path("status")
                        .asText())
                .isEqualTo("failed");
    }

    @Test
    void invalidTimesInAManifestAreReplaced() throws Exception {
        Files.createDirectories(client.backups());
        int number = 0;
        for (String time : List.of(
                "+1000000-01-01T00:00:00Z", "-1000000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "yesterday", "")) {
            Files.write(client.backups().resolve("forged-" + number++ + ".ngbak"), HostileArchives.madeAt(time));
        }
        Files.write(client.backups().resolve("true.ngbak"), HostileArchives.madeAt("2025-10-06T14:30:00Z"));
        String fourDigits = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z";

        JsonNode listed = client.get("/backup").json();

        assertThat(listed).hasSize(number + 1);
        for (JsonNode archive : listed) {
            assertThat(archive.has("status")).as(archive.toString()).isFalse();
            assertThat(archive.path("created_at").asText()).matches(fourDigits);
            JsonNode manifest =
                    client.get("/backup/" + archive.path("backup_id").asText()).json();
            assertThat(manifest.path("created_at").asText()).matches(fourDigits);
        }
        assertThat(client.get("/backup/true").json().path("created_at").asText())
                .isEqualTo("2025-10-06T14:30:00Z");
    }

    @Test
    void metricsCountSafetyArchivesApart() throws Exception {
        client.backup("mine");
        String size = metric("ngbak_last_backup_size_bytes");
        JsonNode restored = client.ended(client.post("/restore", "{\"backup_id\": \"mine\"}"));
        String safety = restored.path("metadata").path("safety_backup_id").asText();
        assertThat(client.get("/backup").json()).hasSize(2);

        assertThat(metric("ngbak_archives")).isEqualTo("1.0");
        assertThat(metric("ngbak_archives_unreadable")).isEqualTo("0.0");
        assertThat(metric("ngbak_last_backup_size_bytes")).isEqualTo(size);

        Files.writeString(client.backups().resolve(safety + ".ngbak"), "damaged");
        Files.writeString(client.backups().resolve("other.ngbak"), "damaged");

        assertThat(metric("ngbak_archives")).isEqualTo("1.0");
        assertThat(metric("ngbak_archives_unreadable")).isEqualTo("2.0");
    }

    private String metric(String name) throws Exception {
        return client.get("//metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 1);
    }

    @Test
    void listAnswersManyClientsAtTheSameTime() throws Exception {
        client.backup("mine");
        var threads = Executors.newFixedThreadPool(50);
        try {
            List<CompletableFuture<Integer>> answers = Stream.generate(() -> CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return client.get("/backup").json().size();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            threads))
                    .limit(200)
                    .toList();

            assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isEqualTo(1));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void stackReportsEachStoreSeparately() throws Exception {
        JsonNode graph = client.get("/stack").json().path("graph");
        assertThat(graph.path("reachable").asBoolean()).isTrue();
        assertThat(graph.path("backend").asText()).isEqualTo("networkx");
        assertThat(graph.path("counts").path("entities").asInt()).isPositive();
        client.close();

        client = new ApiClient(temp, "KV_BACKEND", "redis", "REDIS_URL", "redis://127.0.0.1:1/0");
        JsonNode stack = client.get("/stack").json();
        assertThat(stack.path("graph").path("reachable").asBoolean()).isTrue();
        assertThat(stack.path("kv").path("reachable").asBoolean()).isFalse();
        assertThat(stack.path("kv").path("why_not").asText()).contains("Redis");
        assertThat(stack.path("kv").path("remedy").asText()).contains("REDIS_URL");

        JsonNode failed = client.ended(client.post("/backup", null));
        assertThat(failed.path("status").asText()).isEqualTo("failed");
        // The job fails shortly before it is counted.
        String counted = "ngbak_store_failures_total{store=\"kv\"} 1.0";
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!client.get("//metrics").text().contains(counted) && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(client.get("//metrics").text())
                .contains(counted)
                .contains("ngbak_store_failures_total{store=\"graph\"} 0.0");
    }

    @Test
    void headAnswersLikeGetWithoutTheBody() throws Exception {
        client.backup("mine");
        for (String path : List.of(
                "/backup",
                "/backup/mine",
                "/backup/mine/download",
                "/jobs",
                "/stack",
                "//health/live",
                "//openapi.json",
                "//")) {
            Answer head = client.send("HEAD", path, BodyPublishers.noBody());
            Answer get = client.get(path);
            assertThat(head.status()).as(path).isEqualTo(get.status()).isEqualTo(200);
            assertThat(head.text()).isEmpty();
            assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
            assertThat(head.header("Content-Length")).as(path).isEqualTo(get.header("Content-Length"));
        }
    }

    @Test
    void healthMetricsAndDashboardAreOutsideThePrefix() throws Exception {
        assertThat(client.get("//health/live").json().path("api").asText()).isEqualTo("api/v1");
        assertThat(client.get("//health/ready").json().path("status").asText()).isEqualTo("ready");
        client.backup("mine");
        assertThat(client.get("//metrics").text())
                .contains("ngbak_archives 1.0")
                .contains("ngbak_last_job_succeeded{type=\"backup\"} 1.0")
                .containsPattern("ngbak_last_backup_age_seconds \\d")
                .containsPattern("ngbak_free_bytes \\d")
                .contains("ngbak_job_duration_seconds_count{status=\"completed\",type=\"backup\"} 1");
        var page = client.get("//");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Security-Policy")).contains("script-src 'self'");
        assertThat(page.header("Content-Type")).startsWith("text/html");
    }
}
