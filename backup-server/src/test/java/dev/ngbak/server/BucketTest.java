package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests the server with its archives in a bucket. */
class BucketTest {

    private static final String PATH = "/backup/mine/download";

    @TempDir
    Path temp;

    private TestBucket bucket;
    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        bucket = new TestBucket();
        client = new ApiClient(temp, bucket.settingList());
    }

    @AfterEach
    void stop() {
        client.close();
        bucket.close();
    }

    @Test
    void stackAndMetricsDescribeTheBucket() throws Exception {
        client.backup("mine");
        JsonNode repository = client.get("/stack").json().path("repository");
        assertThat(repository.path("kind").asText()).isEqualTo("s3");
        assertThat(repository.path("location").asText()).isEqualTo("s3://backups/prod at " + bucket.endpoint());
        assertThat(repository.path("free_bytes").isNull()).isTrue();
        assertThat(client.get("//metrics").text())
                .contains("ngbak_free_bytes NaN")
                .contains("ngbak_repository_info{kind=\"s3\"} 1")
                .contains("ngbak_archives 1.0");
    }

    @Test
    void archivesAreListedAsSoonAsTheyAreThereOrGone() throws Exception {
        assertThat(client.get("/backup").json()).isEmpty();
        client.backup("mine");
        assertThat(client.get("/backup").json()).hasSize(1);
        client.ended(client.post("/restore", "{\"backup_id\": \"mine\"}"));
        JsonNode both = client.get("/backup").json();
        assertThat(both).hasSize(2);
        assertThat(both.path(0).path("backup_id").asText()).startsWith("pre-restore_");
        assertThat(both.path(0).path("local").asBoolean()).isTrue();
        assertThat(both.path(1).has("local")).isFalse();
        assertThat(both.path(1).path("verified").path("ok").asBoolean()).isTrue();
        assertThat(client.send("DELETE", "/backup/mine", BodyPublishers.noBody())
                        .status())
                .isEqualTo(204);
        assertThat(client.get("/backup").json()).hasSize(1);
    }

    @Test
    @Timeout(60) // against an endless loop
    void serverWhoseBucketDisappearsIsNotReady() throws Exception {
        assertThat(client.get("//health/ready").status()).isEqualTo(200);
        bucket.delete();
        Answer answer = client.get("//health/ready");
        while (answer.status() == 200) {
            Thread.sleep(100);
            answer = client.get("//health/ready");
        }
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().path("why_not").asText()).contains("ngbak doctor");
        assertThat(client.get("//metrics").text())
                .contains("ngbak_archives NaN")
                .contains("ngbak_job_running{type=\"backup\"} 0.0");
        assertThat(client.get("/backup").text()).contains("the bucket backups does not exist");
    }

    @Test
    void downloadIsTheObjectByteForByteAndResumes() throws Exception {
        client.backup("mine");
        byte[] archive = bucket.archive("mine");
        int size = archive.length;
        Answer whole = client.get(PATH);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.response().body()).isEqualTo(archive);
        assertThat(whole.header("Content-Length")).isEqualTo("" + size);
        Answer head = client.send("HEAD", PATH, BodyPublishers.noBody());
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("" + size);

        String tag = whole.header("ETag");
        assertThat(head.header("ETag")).isEqualTo(tag);
        Answer rest = client.get(PATH, "Range", "bytes=100-", "If-Range", tag);
        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.header("Content-Range")).isEqualTo("bytes 100-" + (size - 1) + "/" + size);
        assertThat(rest.response().body()).isEqualTo(Arrays.copyOfRange(archive, 100, size));
        assertThat(client.get(PATH, "Range", "bytes=-7").response().body())
                .isEqualTo(Arrays.copyOfRange(archive, size - 7, size));
        assertThat(client.get(PATH, "Range", "bytes=" + size + "-").status()).isEqualTo(416);
        assertThat(client.get(PATH, "Range", "bytes=100-", "If-Range", "\"other\"")
                        .status())
                .isEqualTo(200);
        assertThat(client.get(PATH, "If-None-Match", tag).status()).isEqualTo(304);
    }
}
