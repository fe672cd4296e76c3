package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests paging and caching of the list of archives. */
class BackupListTest {

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void createArchives() throws Exception {
        client = new ApiClient(temp);
        Files.createDirectories(client.backups());
        for (int day = 1; day <= 4; day++) {
            Files.write(
                    client.backups().resolve("day-" + day + ".ngbak"),
                    HostileArchives.madeAt("2025-10-0" + day + "T14:30:00Z"));
        }
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private List<String> ids(String query) throws Exception {
        JsonNode list = client.get("/backup" + query).json();
        return list.findValuesAsText("backup_id");
    }

    @Test
    void listWithoutParametersIsComplete() throws Exception {
        assertThat(ids("")).containsExactly("day-4", "day-3", "day-2", "day-1");
    }

    @Test
    void limitAndBeforeSelectOnePage() throws Exception {
        assertThat(ids("?limit=2")).containsExactly("day-4", "day-3");
        assertThat(ids("?limit=2&before=day-3")).containsExactly("day-2", "day-1");
        assertThat(ids("?before=2025-10-02T14:30:00Z")).containsExactly("day-1");
        assertThat(ids("?limit=100&before=day-1")).isEmpty();
    }

    @Test
    void invalidPageIsRefused() throws Exception {
        for (String query : List.of("limit=0", "limit=-1", "limit=x", "limit=", "before=", "before=nothing")) {
            assertThat(client.get("/backup?" + query).status()).as(query).isEqualTo(400);
        }
    }

    @Test
    void unchangedListIsAnsweredWith304() throws Exception {
        Answer first = client.get("/backup");
        String tag = first.header("ETag");
        assertThat(tag).matches("W/\"[0-9a-f]{32}\"");
        assertThat(client.get("/backup", "If-None-Match", tag).status()).isEqualTo(304);

        Files.delete(client.backups().resolve("day-1.ngbak"));

        Answer changed = client.get("/backup", "If-None-Match", tag);
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.header("ETag")).isNotEqualTo(tag);
    }

    @Test
    void listIsCompressedIfTheClientAccepts() throws Exception {
        new MadeArchives(client.backups()).makeMany(100, Duration.ofHours(6));
        Answer plain = client.get("/backup");
        String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n";

        String packed = client.raw("GET " + ApiClient.PREFIX + "/backup" + rest);

        assertThat(plain.header("Content-Encoding")).isNull();
        assertThat(packed).containsIgnoringCase("Content-Encoding: gzip").containsIgnoringCase("Vary: Accept-Encoding");
        assertThat(packed.length()).isLessThan(plain.text().length() / 3);
        for (String path : List.of("/", "/style.css", "/js/app.js")) {
            assertThat(client.raw("GET " + path + rest)).as(path).containsIgnoringCase("Content-Encoding: gzip");
        }
        client.backup("mine");
        String job = client.get("/jobs").json().path(0).path("job_id").asText();
        for (String path : List.of("/backup/day-1/download", "/jobs/" + job + "/events")) {
            assertThat(client.raw("GET " + ApiClient.PREFIX + path + rest))
                    .as(path)
                    .startsWith("HTTP/1.1 200")
                    .doesNotContainIgnoringCase("Content-Encoding");
        }
        assertThat(client.raw("GET /metrics" + rest)).doesNotContainIgnoringCase("Content-Encoding");
    }
}
