package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.server.ApiClient.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a request with anything unknown in it is refused, and never taken for another request. */
class StrictRequestTest {

    private static final String MINE = "{\"backup_id\": \"mine\"}";

    @TempDir
    Path temp;

    private ApiClient client;
    private byte[] archive;

    @BeforeEach
    void makeAnArchive() throws Exception {
        client = new ApiClient(temp);
        client.backup("mine");
        archive = Files.readAllBytes(client.backups().resolve("mine.ngbak"));
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private void assertRefused(Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(client.get("/jobs").json()).as("only the job of the backup").hasSize(1);
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void misspelledDryRunIsNotARestore() throws Exception {
        for (String query : List.of(
                "dryrun=true",
                "DRY_RUN=true",
                "Dry_Run=true",
                "dry-run=true",
                "dry_run%20=true",
                "%64ry-run=true",
                "dry_run=true&dry_run=true",
                "dry_run=true&dry_run=false",
                "dry_run=false&dry_run=true",
                "dry_run&dry_run",
                "dry_run=TRUE",
                "dry_run=1",
                "dry_run=true&verbose",
                "dry_run=true;x",
                "=true",
                "true",
                "compare=content",
                "dry_run=false&compare=counts",
                "dry_run=true&compare=all",
                "dry_run=true&compare=",
                "dry_run=true&compare=counts&compare=content")) {
            for (String path : List.of("/restore", "/backup/restore")) {
                assertRefused(client.post(path + "?" + query, MINE));
                assertRefused(client.upload(path + "?" + query, "file", archive));
            }
        }
    }

    @Test
    void everySpellingOfDryRunIsADryRun() throws Exception {
        for (String query : List.of(
                "dry_run=true", "dry_run", "dry_run=", "%64ry_run=tru%65", "dry_run=true&compare=counts", "&dry_run")) {
            Answer plan = client.post("/restore?" + query, MINE);
            assertThat(plan.status()).as(query + plan.text()).isEqualTo(200);
        }
        assertThat(client.get("/jobs").json()).hasSize(1);
    }

    @Test
    void everyRouteRefusesUnknownParameters() throws Exception {
        for (Route route : client.server.routes()) {
            String path = (route.path().startsWith(".") ? route.path().substring(1) : "/" + route.path())
                    .replace("{id}", "mine");
            Answer answer = client.send(route.method().name(), path + "?dry_run=true&x=1", BodyPublishers.noBody());
            assertThat(answer.status()).as(path).isEqualTo(400);
            assertThat(answer.json().path("detail").asText()).as(path).contains("parameter");
        }
        assertThat(client.backups().resolve("mine.ngbak")).exists();
        assertThat(client.get("/jobs").json()).hasSize(1);
    }

    @Test
    void refusalNamesTheUnknownAndTheKnownParameters() throws Exception {
        Answer answer = client.post("/restore?dryrun=true", MINE);

        assertThat(answer.json().path("detail").asText()).contains("dryrun").contains("Nothing was changed");
        assertThat(answer.json().path("remedy").asText()).contains("compare, dry_run");
    }

    @Test
    void repeatedMembersAreRefused() throws Exception {
        assertRefused(client.post("/restore", "{\"backup_id\": \"other\", \"backup_id\": \"mine\"}"));
        assertRefused(client.post("/restore", "{\"backup_id\": \"mine\", \"options\": {}, \"options\": {}}"));
        String twice = "{\"safety_backup\": true, \"safety_backup\": false}";
        assertRefused(client.post("/restore", "{\"backup_id\": \"mine\", \"options\": " + twice + "}"));
        assertRefused(client.upload("/restore", "file", archive, "options", twice));
        assertRefused(client.post("/backup", "{\"note\": \"a\", \"note\": \"b\"}"));
    }

    @Test
    void membersOfTheWrongTypeAreRefused() throws Exception {
        for (String options : List.of(
                "{\"backends\": {\"kv\": \"kv\"}}",
                "{\"backends\": \"kv\"}",
                "{\"backends\": [\"kv\", 5]}",
                "{\"backends\": [[\"kv\"]]}",
                "{\"backends\": [null]}",
                "{\"safety_backup\": \"false\"}",
                "{\"safety_backup\": 0}",
                "{\"safety_backup\": []}",
                "{\"verify\": [\"counts\"]}",
                "{\"verify\": {}}",
                "{\"verify\": true}",
                "{\"verify\": \"\"}",
                "{\"workspace\": null}",
                "{\"workspace\": 1}",
                "{\"replace\": true}",
                "{\"workspace\": \"a\", \"replace\": \"true\"}",
                "{\"convert\": 1}",
                "{\"paths\": [\"/a=/b\"]}",
                "{\"paths\": {\"/a\": null}}",
                "{\"paths\": {\"a\": \"/b\"}}",
                "[]",
                "\"full\"",
                "false")) {
            assertRefused(client.post("/restore", "{\"backup_id\": \"mine\", \"options\": " + options + "}"));
            assertRefused(client.upload("/restore", "file", archive, "options", options));
        }
        assertRefused(client.upload("/restore", "file", archive, "options", ""));
    }

    @Test
    void formWithUnknownOrRepeatedPartsIsRefused() throws Exception {
        assertRefused(client.upload("/restore", "file", archive, "dry_run", "true"));
        assertRefused(client.upload("/restore", "dry_run", "true", "file", archive));
        assertRefused(client.upload("/restore", "file", archive, "Options", "{}"));
        assertRefused(client.upload("/restore", "file", archive, "backends", "kv"));
        assertRefused(client.upload("/restore", "file", archive, "options", "{}", "options", "{}"));
        assertRefused(client.upload("/restore", "file", archive, "file", archive));
        assertRefused(client.upload("/restore", "file", archive, "", "nameless"));
    }

    @Test
    void invalidUtf8IsRefused() throws Exception {
        byte[] latin = "{\"note\": \"caf\u00e9\"}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        assertRefused(
                client.send("POST", "/backup", BodyPublishers.ofByteArray(latin), "Content-Type", "application/json"));
    }
}
