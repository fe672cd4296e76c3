package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops a server while clients send requests without a pause. */
class GracefulStopTest {

    private static final List<String> PATHS = List.of(
            "api/v1/jobs", "api/v1/backup", "api/v1/stack", "index.html", "js/app.js", "health/ready", "metrics");
    private static final int ROUNDS = 8;

    @TempDir
    Path temp;

    @Test
    void requestsDuringAStopAreAnsweredOrRefused() throws Exception {
        Set<String> outcomes = new ConcurrentSkipListSet<>();
        ExecutorService clients = Executors.newFixedThreadPool(PATHS.size());
        for (int round = 0; round < ROUNDS; round++) {
            ApiClient server = new ApiClient(temp);
            URI base = server.uri("/");
            CountDownLatch answered = new CountDownLatch(PATHS.size());
            List<Future<?>> running = new ArrayList<>();
            for (String path : PATHS) {
                running.add(clients.submit(() -> requestUntilRefused(base.resolve(path), answered, outcomes)));
            }
            answered.await();
            server.close();
            for (Future<?> client : running) {
                client.get();
            }
        }
        clients.shutdown();
        assertThat(outcomes).contains("200").isSubsetOf("200", "503");
    }

    /** Ends when the server accepts no more connections. An answer that is cut or never comes is an outcome. */
    private static Void requestUntilRefused(URI uri, CountDownLatch answered, Set<String> outcomes)
            throws InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build();
        while (true) {
            try {
                HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
                outcomes.add(Integer.toString(response.statusCode()));
                answered.countDown();
            } catch (ConnectException e) {
                return null;
            } catch (IOException e) {
                outcomes.add(uri.getPath() + ": " + e);
                return null;
            }
        }
    }
}
