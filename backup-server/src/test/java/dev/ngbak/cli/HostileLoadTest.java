package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.HostileArchives;
import dev.ngbak.server.SlowClients;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a server with a heap of 256 MiB under attack: 500 slow clients, and 50 simultaneous uploads of archives that are
 * expensive to read, while a backup runs.
 */
@Tag("full")
class HostileLoadTest extends ServerProcess {

    private static final int UPLOADS = 50;

    private final List<byte[]> hostile = List.of(
            HostileArchives.ofStrings(1_000_000),
            HostileArchives.ofObjects(500_000),
            HostileArchives.ofEmptyBlocks(2_000_000),
            HostileArchives.ofEmptyFrames(1_000_000));

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger cutOff = new AtomicInteger();
    private final AtomicInteger wrong = new AtomicInteger();

    @Test
    void probesAreAnsweredAndTheBackupCompletesUnderAttack() throws Exception {
        WorkingFolders.make(ngbak.workingDir(), 60_000, 2);
        Files.createDirectories(ngbak.backups());
        try (RandomAccessFile file =
                new RandomAccessFile(ngbak.backups().resolve("large.ngbak").toFile(), "rw")) {
            file.setLength(64 << 20);
        }
        serve();
        // Warm up, so that the probes do not measure class loading.
        for (int i = 0; i < 200; i++) {
            probe();
        }
        hostile.forEach(this::upload);
        refused.set(0);
        String job = startJob("backup", "{\"backup_id\": \"mine\"}");
        ExecutorService uploaders = Executors.newFixedThreadPool(UPLOADS);
        int probes = 0;
        JsonNode ended;
        try (SlowClients slow =
                new SlowClients(URI.create(url), 500, i -> SlowClients.KINDS.get(i % SlowClients.KINDS.size()))) {
            for (int i = 0; i < UPLOADS; i++) {
                byte[] archive = hostile.get(i % hostile.size());
                uploaders.submit(() -> upload(archive));
            }
            uploaders.shutdown();
            do {
                probe();
                probes++;
            } while (!uploaders.awaitTermination(100, TimeUnit.MILLISECONDS));
            ended = ended(job);
            probe();
        } finally {
            uploaders.shutdownNow();
        }
        System.out.println("HostileLoadTest: " + probes + " probes answered; " + refused + " of " + UPLOADS
                + " hostile uploads refused with 422, " + wrong
                + " with another status; before that, they were sent away "
                + busy + " times with 503, and cut off " + cutOff + " times");

        assertThat(wrong).hasValue(0);
        assertThat(refused).hasValue(UPLOADS);
        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("completed");
        assertThat(Files.readString(err)).doesNotContain("OutOfMemory").doesNotContain("ERROR");
        assertThat(process.isAlive()).isTrue();
    }

    /** Probes like an orchestrator: on a new connection, with a timeout of one second. */
    private void probe() throws Exception {
        HttpURLConnection probe =
                (HttpURLConnection) URI.create(url + "health/live").toURL().openConnection();
        probe.setRequestProperty("Connection", "close");
        probe.setConnectTimeout(1_000);
        probe.setReadTimeout(1_000);
        assertThat(probe.getResponseCode()).isEqualTo(200);
        probe.disconnect();
    }

    /** Sends an archive until it is refused. 503 and a closed connection mean that a limit is reached. */
    private void upload(byte[] archive) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "api/v1/restore?dry_run=true"))
                .header("Content-Type", "multipart/form-data; boundary=frontier")
                .POST(BodyPublishers.concat(
                        BodyPublishers.ofString("--frontier\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"),
                        BodyPublishers.ofByteArray(archive),
                        BodyPublishers.ofString("\r\n--frontier--\r\n")))
                .build();
        while (true) {
            try {
                int status = http.send(request, BodyHandlers.ofString()).statusCode();
                if (status != 503) {
                    (status == 422 ? refused : wrong).incrementAndGet();
                    return;
                }
                busy.incrementAndGet();
            } catch (IOException e) {
                cutOff.incrementAndGet(); // the server answered before it had received everything
            } catch (InterruptedException e) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)); // shorter than Retry-After
        }
    }
}
