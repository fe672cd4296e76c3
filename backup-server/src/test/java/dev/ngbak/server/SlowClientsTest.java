package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.server.ApiClient.Answer;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that clients which send or read only a byte now and then do not block others. */
class SlowClientsTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        client = new ApiClient(temp);
        client.backup("mine");
        try (RandomAccessFile file =
                new RandomAccessFile(client.backups().resolve("large.ngbak").toFile(), "rw")) {
            file.setLength(64 << 20);
        }
    }

    @AfterEach
    void stop() {
        client.close();
    }

    @Test
    void fiveHundredSlowClientsDoNotBlockOthers() throws Exception {
        try (SlowClients slow =
                new SlowClients(client.uri("/"), 500, i -> SlowClients.KINDS.get(i % SlowClients.KINDS.size()))) {
            for (int i = 0; i < 40; i++) {
                assertThat(client.get("//health/live").status()).isEqualTo(200);
                assertThat(client.get("//health/ready").status()).isEqualTo(200);
                assertThat(client.get("/jobs").status()).isEqualTo(200);
                assertThat(client.get("/backup").status()).isEqualTo(200);
                assertThat(client.get("//").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void requestOverTheLimitIsAnsweredWithRetryAfter() throws Exception {
        try (SlowClients slow = new SlowClients(client.uri("/"), 60, i -> SlowClients.KINDS.get(2))) {
            Answer refused = client.post("/backup", "[]"); // 400 while the limit is not reached
            while (refused.status() != 503) {
                assertThat(refused.status()).isEqualTo(400);
                refused = client.post("/backup", "[]");
            }
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            assertThat(refused.json().path("remedy").asText()).contains("few seconds");
            assertThat(client.get("/jobs").status()).isEqualTo(200);
        }
        Answer served = client.post("/backup", "[]");
        while (served.status() == 503) {
            served = client.post("/backup", "[]");
        }
        assertThat(served.status()).isEqualTo(400);
    }
}
