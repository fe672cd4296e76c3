package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the server as a process: its output, and other processes with the same folder. */
class ServeCommandTest extends ServerProcess {

    @Test
    void jobsOfTheCommandLineAreListedAndBlockTheServer() throws Exception {
        serve();
        Path started = temp.resolve("started");
        Path go = temp.resolve("go");
        ngbak.settings.put(
                "BACKUP_PAUSE_HOOK", "touch " + started + "; while [ ! -e " + go + " ]; do sleep 0.02; done");
        Process other = ngbak.start(NgbakProcess.java(Main.class.getName(), "backup", "--id", "theirs"));
        while (!Files.exists(started)) {
            Thread.sleep(20);
        }
        JsonNode running = get("api/v1/jobs").path(0);
        assertThat(running.path("status").asText()).isEqualTo("processing");
        assertThat(running.path("metadata").path("backup_id").asText()).isEqualTo("theirs");
        String job = running.path("job_id").asText();

        HttpResponse<String> busy = text("POST", "api/v1/backup", null);
        assertThat(busy.statusCode()).isEqualTo(409);
        assertThat(MAPPER.readTree(busy.body()).path("job_id").asText()).isEqualTo(job);
        assertThat(text("POST", "api/v1/jobs/" + job + "/cancel", null).statusCode())
                .isEqualTo(409);

        Files.createFile(go);
        assertThat(other.waitFor()).isZero();
        assertThat(ended(job).path("status").asText()).isEqualTo("completed");

        Process killed = ngbak.start(NgbakProcess.java(Main.class.getName(), "verify", "theirs"));
        killed.waitFor();
        assertThat(get("api/v1/jobs").path(0).path("type").asText()).isEqualTo("verify");
        assertThat(get("api/v1/jobs")).hasSize(2);
    }

    @Test
    void jsonLogHasOneObjectPerLine() throws Exception {
        ngbak.settings.put("LOG_FORMAT", "json");
        ngbak.settings.put("HOST", "0.0.0.0");
        serve();
        String job = startJob("backup", "{\"note\": \"two\\nlines\"}");
        ended(job);
        process.destroy();
        process.waitFor();

        List<String> lines = Files.readAllLines(err);
        List<JsonNode> events = new ArrayList<>();
        for (String line : lines) {
            events.add(MAPPER.readTree(line));
        }
        assertThat(events)
                .allSatisfy(event -> assertThat(event.path("message").asText()).isNotBlank());
        assertThat(events)
                .anySatisfy(event -> assertThat(event.path("job_id").asText()).isEqualTo(job))
                .anySatisfy(event -> assertThat(event.path("message").asText())
                        .isEqualTo(
                                "Listening on 0.0.0.0, port " + URI.create(url).getPort() + "."))
                .noneSatisfy(event -> assertThat(event.path("message").asText()).contains("Interrupted"))
                .anySatisfy(event -> {
                    assertThat(event.path("level").asText()).isEqualTo("warn");
                    assertThat(event.path("message").asText()).contains("BACKUP_API_KEY");
                });
    }

    @Test
    void invalidServerSettingsExitWithTwo() throws Exception {
        ngbak.settings.put("PORT", "many");
        CommandResult port = ngbak.run("serve");
        ngbak.settings.put("PORT", "0");
        ngbak.settings.put("KV_BACKEND", "paper");
        CommandResult backend = ngbak.run("serve", "--json");
        ngbak.settings.remove("KV_BACKEND");
        serve();
        ngbak.settings.put("PORT", Integer.toString(URI.create(url).getPort()));
        CommandResult taken = ngbak.run("serve");

        assertThat(port.code()).isEqualTo(2);
        assertThat(port.err()).contains("PORT is \"many\"");
        assertThat(backend.code()).isEqualTo(2);
        assertThat(backend.result().path("error").asText()).contains("KV_BACKEND");
        assertThat(taken.code()).as(taken.err()).isEqualTo(2);
        assertThat(taken.err()).contains("another program uses the port").doesNotContain("\tat ");
    }

    @Test
    void demoServesTheDashboardAndLeavesNothing() throws Exception {
        Path tmp = Files.createDirectory(temp.resolve("tmp"));
        List<String> command = new ArrayList<>(NgbakProcess.java(Main.class.getName(), "demo"));
        command.add(1, "-Djava.io.tmpdir=" + tmp);
        start(command);

        assertThat(get("api/v1/backup")).hasSizeGreaterThanOrEqualTo(1);
        assertThat(get("api/v1/jobs").findValuesAsText("type")).contains("backup", "restore");
        assertThat(get("api/v1/stack").path("kv").path("reachable").asBoolean()).isTrue();
        process.destroy();

        assertThat(process.waitFor()).isZero();
        assertThat(tmp).isEmptyDirectory();
        assertThat(working()).hasSize(3);
    }
}
