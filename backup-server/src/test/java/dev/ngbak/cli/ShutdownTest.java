package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests SIGTERM and kill -9 during every kind of work, and the next start: every job reports correctly how it ended, the data
 * is as before, and nothing is left. Work that cannot be paused is repeated until a signal interrupts it.
 */
class ShutdownTest extends ServerProcess {

    private static final int ATTEMPTS = 8;

    /** How the process is ended. */
    enum Signal {
        TERM,
        KILL
    }

    private Path hold;
    private Path held;
    private Path released;
    private Map<String, String> large;

    /** The live data is large, so that saving it and rolling back take time. The archive is small. */
    @BeforeEach
    void createBackupsOfASmallAndALargeState() throws Exception {
        hold = temp.resolve("hold");
        held = temp.resolve("held");
        released = temp.resolve("released");
        assertThat(ngbak.run("backup", "--id", "small").code()).isZero();
        WorkingFolders.make(ngbak.workingDir(), 16_000, 2);
        assertThat(ngbak.run("backup", "--id", "large").code()).isZero();
        large = working();
    }

    private void end(Signal signal) throws Exception {
        if (signal == Signal.TERM) {
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(err)).isZero();
        } else {
            process.destroyForcibly().waitFor();
        }
    }

    /** Starts the next server, waits for its recovery, and checks what must be true after every end. */
    private void serveAgain() throws Exception {
        serve();
        awaitIdle();
        assertThat(leftoverFiles()).isEmpty();
        assertThat(working()).isEqualTo(large);
        JsonNode archives = get("api/v1/backup");
        assertThat(archives.findValuesAsText("backup_id")).contains("small");
        assertThat(archives.findValues("status")).isEmpty(); // only unreadable ones have a status
    }

    private void awaitIdle() throws Exception {
        while (text("GET", "health/ready", null).statusCode() != 200
                || get("api/v1/jobs").findValuesAsText("status").contains("processing")) {
            Thread.sleep(20);
        }
    }

    private JsonNode job(String id) throws Exception {
        return get("api/v1/jobs/" + id);
    }

    private static String status(JsonNode job) {
        return job.path("status").asText();
    }

    private static void await(Path file) throws InterruptedException {
        while (!Files.exists(file)) {
            Thread.sleep(5);
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void serverSettlesEveryKindOfInterruptedWork(Signal signal) throws Exception {
        ngbak.settings.put(
                "BACKUP_PAUSE_HOOK",
                "if [ -e " + hold + " ]; then touch " + held + "; while [ -e " + hold + " ]; do sleep 0.02; done; fi");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "touch " + released);
        serve();
        duringABackup(signal);
        duringAVerification(signal);
        duringARestore(signal);
        duringARecovery(signal);
        duringAnUpload(signal);
        duringADeletion(signal);
        assertThat(status(ended(startJob("backup", "{\"backup_id\": \"last\"}"))))
                .isEqualTo("completed");
    }

    private void duringABackup(Signal signal) throws Exception {
        Files.createFile(hold);
        String job = startJob("backup", "{\"backup_id\": \"victim\"}");
        await(held);

        end(signal);
        Files.delete(hold);
        if (signal == Signal.TERM) {
            assertThat(leftoverFiles()).isEmpty();
            assertThat(released).exists();
        }

        serveAgain();
        assertThat(released).exists();
        assertThat(status(job(job))).isEqualTo(signal == Signal.TERM ? "cancelled" : "failed");
        assertThat(job(job).path("error").asText())
                .contains(signal == Signal.TERM ? "No archive was made" : "No archive was created");
        assertThat(job(job).path("completed_at").isTextual()).isTrue();
        assertThat(ngbak.backups().resolve("victim.ngbak")).doesNotExist();
    }

    private void duringAVerification(Signal signal) throws Exception {
        JsonNode interrupted = null;
        for (int attempt = 0; attempt < ATTEMPTS && interrupted == null; attempt++) {
            String job = startJob("backup/large/verify", null);
            end(signal);
            serveAgain();
            interrupted = status(job(job)).equals("completed") ? null : job(job);
        }
        assertThat(interrupted).as("an interrupted verification").isNotNull();
        assertThat(status(interrupted)).isEqualTo(signal == Signal.TERM ? "cancelled" : "failed");
        assertThat(interrupted.path("error").asText()).contains("Nothing was changed");
    }

    private void duringARestore(Signal signal) throws Exception {
        JsonNode interrupted = null;
        for (int attempt = 0; attempt < ATTEMPTS && interrupted == null; attempt++) {
            String job = startToReplace();
            if (job != null) {
                end(signal);
                serveAgain();
                interrupted = job(job);
            }
        }
        assertThat(interrupted).as("an interrupted restore").isNotNull();
        if (signal == Signal.TERM) {
            assertThat(status(interrupted)).isEqualTo("cancelled");
            assertThat(interrupted.path("outcome").asText()).isEqualTo("rolled_back");
        } else {
            assertThat(status(interrupted)).isEqualTo("failed");
            assertThat(interrupted.path("error").asText()).contains("the next start");
            JsonNode recovery = get("api/v1/jobs").path(0);
            assertThat(recovery.path("type").asText()).isEqualTo("recover");
            assertThat(status(recovery)).as(recovery.toString()).isEqualTo("completed");
        }
    }

    /**
     * Starts a restore, and returns when it replaces data.
     *
     * @return its id, or {@code null} if it ended before; then the large state was restored again
     */
    private String startToReplace() throws Exception {
        String job = startJob("restore", "{\"backup_id\": \"small\"}");
        Path journal = ngbak.backups().resolve(".ngbak/restore.journal");
        while (true) {
            String written = "";
            try {
                written = Files.readString(journal, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                written = ""; // not started yet, or already settled
            }
            if (written.contains("replacing") && !written.contains("proving")) {
                return job;
            }
            if (!job(job).path("completed_at").isNull()) {
                assertThat(status(ended(startJob("restore", "{\"backup_id\": \"large\"}"))))
                        .isEqualTo("completed");
                return null;
            }
        }
    }

    private void duringARecovery(Signal signal) throws Exception {
        JsonNode interrupted = null;
        for (int attempt = 0; attempt < ATTEMPTS && interrupted == null; attempt++) {
            if (startToReplace() == null) {
                continue;
            }
            end(Signal.KILL);
            serve();
            JsonNode recovery = get("api/v1/jobs").path(0);
            while (!recovery.path("type").asText().equals("recover")) {
                recovery = get("api/v1/jobs").path(0);
            }
            String id = recovery.path("job_id").asText();
            await(ngbak.backups().resolve(".ngbak/jobs/" + id + ".json"));
            boolean running = status(job(id)).equals("processing");
            end(signal);
            serveAgain();
            interrupted = running ? job(id) : null;
        }
        assertThat(interrupted).as("an interrupted recovery").isNotNull();
        // A recovery is not cancelled by SIGTERM.
        assertThat(status(interrupted)).isEqualTo(signal == Signal.TERM ? "completed" : "failed");
        JsonNode last = get("api/v1/jobs").path(0);
        assertThat(last.path("type").asText()).isEqualTo("recover");
        assertThat(status(last)).isEqualTo("completed");
    }

    private void duringAnUpload(Signal signal) throws Exception {
        byte[] archive = Files.readAllBytes(ngbak.backups().resolve("large.ngbak"));
        URI server = URI.create(url);
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream to = socket.getOutputStream();
            to.write(("POST /api/v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data;"
                            + " boundary=frontier\r\nContent-Length: " + (archive.length + 200)
                            + "\r\n\r\n--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            to.write(archive, 0, archive.length / 2);
            to.flush();
            while (leftoverFiles().isEmpty()) {
                Thread.sleep(5);
            }
            end(signal);
        }
        serveAgain();
    }

    private void duringADeletion(Signal signal) throws Exception {
        HttpRequest delete = HttpRequest.newBuilder(URI.create(url + "api/v1/backup/large"))
                .DELETE()
                .build();
        var answer = HttpClient.newHttpClient().sendAsync(delete, BodyHandlers.ofString());
        end(signal);
        serveAgain();
        boolean there = Files.exists(ngbak.backups().resolve("large.ngbak"));
        if (answer.isDone() && !answer.isCompletedExceptionally()) {
            // A server that is stopping refuses new requests.
            assertThat(answer.join().statusCode()).isEqualTo(there ? 503 : 204);
        }
        assertThat(text("GET", "api/v1/backup/large", null).statusCode()).isEqualTo(there ? 200 : 404);
    }

    /** {@link CommandLineTest} tests a backup, {@link RestoreProcessTest} a restore and its recovery. */
    @ParameterizedTest
    @CsvSource({
        "verify, TERM, 130",
        "verify, KILL, 137",
        "check, TERM, 130",
        "check, KILL, 137",
        "restore --dry-run, TERM, 130"
    })
    void signalDuringReadingCommandsHasTheRightExitCode(String name, Signal signal, int expected) throws Exception {
        int code = 0;
        for (int attempt = 0; attempt < ATTEMPTS && code == 0; attempt++) {
            List<String> command =
                    new ArrayList<>(NgbakProcess.java(Main.class.getName(), (name + " large").split(" ")));
            command.add(1, "-Dngbak.terminal=true"); // shows progress four times a second
            err = Files.createTempFile(temp, "command", ".err");
            process = ngbak.start(command, temp.resolve("out"), err);
            while (process.isAlive() && Files.size(err) == 0) {
                Thread.onSpinWait();
            }
            if (signal == Signal.TERM) {
                process.destroy();
            } else {
                process.destroyForcibly();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            code = process.exitValue();
        }
        assertThat(code).as(Files.readString(err)).isEqualTo(expected);
        assertThat(ngbak.run("list").code()).isZero();
        assertThat(leftoverFiles()).isEmpty();
        assertThat(working()).isEqualTo(large);
    }
}
