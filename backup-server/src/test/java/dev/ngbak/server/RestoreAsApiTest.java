package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.WorkingFolders;
import dev.ngbak.server.ApiClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreAsApiTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void backUp() throws Exception {
        WorkingFolders.copy(WorkingFolders.LIGHTRAG, temp.resolve("working_dir"));
        client = new ApiClient(temp, "GRAPHRAG_SYSTEM", "lightrag", "WORKSPACE", "harbour");
        client.backup("mine");
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private Answer post(String path, String options) throws Exception {
        return client.post(path, "{\"backup_id\": \"mine\", \"options\": " + options + "}");
    }

    private String documents(String workspace) throws Exception {
        return Files.readString(client.workingDir().resolve(workspace + "/kv_store_full_docs.json"));
    }

    @Test
    void archiveIsRestoredAsACopy() throws Exception {
        JsonNode plan =
                post("/restore?dry_run=true", "{\"workspace\": \"copy\"}").json();
        assertThat(plan.path("workspace").asText()).isEqualTo("copy");
        assertThat(plan.path("problems")).isEmpty();
        assertThat(plan.path("targets").path("kv").path("place").asText()).endsWith("/copy");

        JsonNode job = client.ended(
                post("/restore", "{\"workspace\": \"copy\", \"paths\": {\"/in\": \"/out\"}, \"convert\": false}"));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(documents("copy")).isEqualTo(documents("harbour"));
    }

    @Test
    void uploadIsRestoredAsACopyToo() throws Exception {
        byte[] archive = Files.readAllBytes(client.backups().resolve("mine.ngbak"));

        JsonNode job =
                client.ended(client.upload("/restore", "file", archive, "options", "{\"workspace\": \"uploaded\"}"));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(documents("uploaded")).isEqualTo(documents("harbour"));
    }

    @Test
    void workspaceThatIsNotEmptyIsReplacedOnlyIfAsked() throws Exception {
        String other = documents("harbour_2");
        JsonNode plan =
                post("/restore?dry_run=true", "{\"workspace\": \"harbour_2\"}").json();
        assertThat(plan.path("problems").toString()).contains("harbour_2", "option replace");
        JsonNode refused = client.ended(post("/restore", "{\"workspace\": \"harbour_2\"}"));
        assertThat(refused.path("status").asText()).isEqualTo("failed");
        assertThat(documents("harbour_2")).isEqualTo(other);

        JsonNode job = client.ended(post("/restore", "{\"workspace\": \"harbour_2\", \"replace\": true}"));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(documents("harbour_2")).isEqualTo(documents("harbour"));
    }

    @Test
    void nameThatLightRagDoesNotAcceptIsABadRequest() throws Exception {
        Answer answer = post("/restore?dry_run=true", "{\"workspace\": \"../copy\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("detail").asText()).contains("../copy", "no slashes");
    }
}
