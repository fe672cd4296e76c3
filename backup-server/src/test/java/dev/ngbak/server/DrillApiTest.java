package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillApiTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void backUp() throws Exception {
        client = new ApiClient(temp, "DRILL_REDIS_PASSWORD", "a secret for drills");
        client.backup("one");
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private JsonNode drill() throws Exception {
        return client.ended(client.post("/backup/one/drill", null));
    }

    @Test
    void passedDrillIsShownEverywhere() throws Exception {
        assertThat(client.get("//metrics").text()).contains("ngbak_last_drill_passed NaN");
        JsonNode job = drill();

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(job.path("type").asText()).isEqualTo("drill");
        assertThat(job.path("metadata").path("proofs").findValuesAsText("graph"))
                .containsExactly("content digest");
        JsonNode listed = client.get("/backup").json().path(0).path("drill");
        assertThat(listed.path("passed").asBoolean()).isTrue();
        JsonNode drills = client.get("/backup/one").json().path("drills");
        assertThat(drills.findValuesAsText("at"))
                .containsExactly(listed.path("at").asText());
        JsonNode evidence = client.get("/backup/one/drill").json();
        assertThat(evidence.path("result").asText()).isEqualTo("passed");
        assertThat(evidence.path("removed").asBoolean()).isTrue();
        assertThat(evidence.at("/stores/graph/found_digest"))
                .isEqualTo(evidence.at("/stores/graph/content_digest"))
                .isEqualTo(client.get("/backup/one").json().at("/stores/graph/content_digest"));
        assertThat(evidence.toString()).doesNotContain(temp.toString());
        assertThat(client.get("//metrics").text())
                .contains("ngbak_last_drill_passed 1.0")
                .containsPattern("ngbak_last_drill_timestamp_seconds 1\\.\\d+E9");
    }

    @Test
    void evidenceIsMarkdownIfAsked() throws Exception {
        drill();

        Answer markdown = client.get("/backup/one/drill?format=md");

        assertThat(markdown.header("Content-Type")).startsWith("text/markdown");
        assertThat(markdown.text()).startsWith("# Restore drill of one: passed");
        assertThat(client.get("/backup/one/drill?format=pdf").status()).isEqualTo(400);
    }

    @Test
    void damagedArchiveFailsItsDrillWithEvidence() throws Exception {
        Path file = temp.resolve("backups/one.ngbak");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 100] ^= 1;
        Files.write(file, bytes);

        JsonNode job = drill();

        assertThat(job.path("status").asText()).isEqualTo("failed");
        assertThat(job.path("error").asText()).startsWith("The drill failed: ").contains("Nothing was changed");
        JsonNode evidence = client.get("/backup/one/drill").json();
        assertThat(evidence.path("result").asText()).isEqualTo("failed");
        assertThat(evidence.path("problem").asText()).isNotEmpty();
        assertThat(client.get("//metrics").text()).contains("ngbak_last_drill_passed 0.0");
    }

    @Test
    void requestsThatCannotBeMetAreRefused() throws Exception {
        assertThat(client.get("/backup/one/drill").status()).isEqualTo(404);
        assertThat(client.get("/backup/nothing/drill").status()).isEqualTo(404);
        assertThat(client.post("/backup/nothing/drill", null).status()).isEqualTo(404);
    }
}
