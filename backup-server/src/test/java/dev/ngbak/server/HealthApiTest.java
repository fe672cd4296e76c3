package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.archive.ArchiveCipher;
import dev.ngbak.spi.BackupException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the health, the checks and the session over HTTP. */
class HealthApiTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
    }

    @Test
    void backupProtectsAndTheMetricSaysSo() throws Exception {
        client = new ApiClient(
                temp, "BACKUP_EXPECTED_EVERY", "7d", "BACKUP_ENVIRONMENT", "staging:#8A5a00", "BACKUP_CHECK", "off");
        JsonNode before = client.get("/health").json();
        assertThat(before.path("status").asText()).isEqualTo("at_risk");
        assertThat(before.path("reasons").path(0).asText()).contains("There is no backup");
        assertThat(client.get("//metrics").text()).contains("ngbak_health 1.0");

        client.backup("mine");

        JsonNode after = client.get("/health").json();
        assertThat(after.path("status").asText()).as(after.toString()).isEqualTo("protected");
        assertThat(after.path("reasons")).isEmpty();
        assertThat(after.path("expected_every_seconds").asLong()).isEqualTo(604_800);
        assertThat(after.path("environment").path("name").asText()).isEqualTo("staging");
        assertThat(after.path("environment").path("colour").asText()).isEqualTo("#8a5a00");
        assertThat(client.get("//metrics").text()).contains("ngbak_health 0.0");
    }

    @Test
    void archivesOfAnotherSystemDoNotProtect() throws Exception {
        new MadeArchives(temp.resolve("backups")).make(Duration.ofHours(1), 100);
        client = new ApiClient(temp, "GRAPHRAG_SYSTEM", "lightrag", "WORKSPACE", "other");

        assertThat(client.get("/health").json().path("reasons").toString()).contains("There is no backup");
    }

    @Test
    void encryptedArchiveOfUnknownContentIsNeitherABackupNorDamaged() throws Exception {
        String recipient = ArchiveCipher.find().orElseThrow().newIdentity().recipient();
        client = new ApiClient(temp, "BACKUP_ENCRYPTION_RECIPIENTS", recipient);
        client.backup("elsewhere");
        Files.delete(temp.resolve("backups/.ngbak/verified/elsewhere.json"));

        JsonNode health = client.get("/health").json();

        assertThat(health.path("reasons").toString())
                .contains("There is no backup")
                .doesNotContain("elsewhere");
    }

    @Test
    void unreadableStoreIsBroken() throws Exception {
        client = new ApiClient(temp, "KV_BACKEND", "redis", "REDIS_URL", "redis://127.0.0.1:1");
        client.get("/stack");

        JsonNode health = client.get("/health").json();

        assertThat(health.path("status").asText()).isEqualTo("broken");
        assertThat(health.path("reasons").path(0).asText()).contains("The kv store cannot be read", "REDIS_URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#8a5a00", "prod:red", "prod:#12345", "<b>", "prod:#8a5a00;x"})
    void environmentThatCannotBeShownIsRefused(String value) {
        assertThatThrownBy(() -> new ApiClient(temp, "BACKUP_ENVIRONMENT", value))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("BACKUP_ENVIRONMENT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0h", "daily", "-1d"})
    void periodThatIsNoneIsRefused(String value) {
        assertThatThrownBy(() -> new ApiClient(temp, "BACKUP_EXPECTED_EVERY", value))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("BACKUP_EXPECTED_EVERY");
    }

    @ParameterizedTest
    @CsvSource({"/check", "/backup/mine/check"})
    void checkFindsBrokenReferences(String path) throws Exception {
        client = new ApiClient(temp);
        Path chunks = client.workingDir().resolve("kv_store_text_chunks.json");
        Files.writeString(chunks, "{}");
        client.backup("mine");

        JsonNode job = client.ended(client.post(path, null));

        assertThat(job.path("type").asText()).isEqualTo("check");
        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(job.path("metadata").path("errors").asInt()).isPositive();
        assertThat(job.path("metadata").path("rules").findValuesAsText("result"))
                .contains("broken", "holds");
        assertThat(client.get("/jobs").json().path(0)).isEqualTo(job);
    }

    @Test
    void checkOfAnUnknownArchiveIsRefused() throws Exception {
        client = new ApiClient(temp);

        assertThat(client.post("/backup/nothing/check", null).status()).isEqualTo(404);
        assertThat(client.post("/check", "{\"x\": 1}").status()).isEqualTo(400);
    }

    @Test
    void sessionEndsWhenTheBrowserIsToldToForgetIt() throws Exception {
        client = new ApiClient(temp, "BACKUP_API_KEY", "open-sesame");
        assertThat(client.get("/health").status()).isEqualTo(401);
        assertThat(client.get("//health/live").json().path("requires_key").asBoolean())
                .isTrue();

        String cookie =
                client.send("DELETE", "/session", BodyPublishers.noBody()).header("Set-Cookie");

        assertThat(cookie).startsWith("ngbak_session=; Max-Age=0;");
    }
}
