package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruneApiTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @AfterEach
    void stop() {
        client.close();
    }

    private int pin(String method, String id) throws Exception {
        return client.send(method, "/backup/" + id + "/pin", BodyPublishers.noBody())
                .status();
    }

    @Test
    void previewAndJobDeleteTheSameArchives() throws Exception {
        client = new ApiClient(temp);
        for (String id : new String[] {"a", "b", "c"}) {
            client.backup(id);
        }
        assertThat(pin("PUT", "a")).isEqualTo(204);
        client.close();
        client = new ApiClient(temp, "BACKUP_KEEP", "last=1");

        JsonNode preview = client.get("/prune").json();
        assertThat(preview.path("policy").asText()).isEqualTo("last=1");
        assertThat(preview.path("archives").findValuesAsText("keep")).containsExactly("true", "false", "true");
        JsonNode job = client.ended(client.post("/prune", null));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(job.path("type").asText()).isEqualTo("prune");
        assertThat(job.path("metadata").path("deleted").toString()).isEqualTo("[\"b\"]");
        JsonNode left = client.get("/backup").json();
        assertThat(left.findValuesAsText("backup_id")).containsExactly("c", "a");
        assertThat(left.findValuesAsText("pinned")).containsExactly("false", "true");
        Answer refused = client.send("DELETE", "/backup/a", BodyPublishers.noBody());
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("remedy").asText()).contains("unpin a");
        assertThat(pin("DELETE", "a")).isEqualTo(204);
        assertThat(client.send("DELETE", "/backup/a", BodyPublishers.noBody()).status())
                .isEqualTo(204);
    }

    private int acknowledge(String method, String id) throws Exception {
        return client.send(method, "/backup/" + id + "/acknowledgement", BodyPublishers.noBody())
                .status();
    }

    @Test
    void nothingIsDeletedUntilTheLossIsAcknowledged() throws Exception {
        client = new ApiClient(temp, "BACKUP_KEEP", "last=1");
        client.backup("full");
        Files.writeString(client.workingDir().resolve("kv_store_full_docs.json"), "{}");
        client.backup("lost");

        assertThat(client.get("/prune").json().path("data_loss").path("before").asText())
                .isEqualTo("full");
        Answer refused = client.post("/prune", null);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("remedy").asText()).contains("ngbak acknowledge lost");
        assertThat(client.get("//metrics").text()).contains("ngbak_last_backup_shrunk 1.0");

        assertThat(acknowledge("PUT", "lost")).isEqualTo(204);
        assertThat(client.get("/backup").json().findValuesAsText("acknowledged"))
                .containsExactly("true", "false");
        assertThat(client.get("//metrics").text()).contains("ngbak_last_backup_shrunk 0.0");
        assertThat(acknowledge("DELETE", "lost")).isEqualTo(204);
        assertThat(client.post("/prune", null).status()).isEqualTo(409);
        assertThat(acknowledge("PUT", "lost")).isEqualTo(204);
        JsonNode job = client.ended(client.post("/prune", null));
        assertThat(job.path("metadata").path("deleted").toString()).isEqualTo("[\"full\"]");
    }

    @Test
    void requestsThatCannotBeMetAreRefused() throws Exception {
        client = new ApiClient(temp);

        assertThat(pin("PUT", "nothing")).isEqualTo(404);
        assertThat(acknowledge("PUT", "nothing")).isEqualTo(404);
        assertThat(client.get("/prune").status()).isEqualTo(400);
        assertThat(client.post("/prune", null).status()).isEqualTo(400);
        assertThat(client.get("/jobs").json()).isEmpty();
    }
}
