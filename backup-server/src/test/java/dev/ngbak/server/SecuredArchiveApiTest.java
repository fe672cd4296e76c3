package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.archive.ArchiveCipher;
import dev.ngbak.server.ApiClient.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a server that encrypts its archives in a bucket and cannot decrypt them. */
class SecuredArchiveApiTest {

    @TempDir
    Path temp;

    private static List<String> settings(TestBucket bucket) {
        List<String> settings = new ArrayList<>(List.of(bucket.settingList()));
        settings.add("BACKUP_ENCRYPTION_RECIPIENTS");
        settings.add(ArchiveCipher.find().orElseThrow().newIdentity().recipient());
        return settings;
    }

    @Test
    void encryptedArchivesInABucketAreMadeAndListedButNotRead() throws Exception {
        try (TestBucket bucket = new TestBucket()) {
            String[] settings = settings(bucket).toArray(String[]::new);
            try (ApiClient client = new ApiClient(temp, settings)) {
                backUp(bucket, client);
            }
            forgetRecords();
            try (ApiClient client = new ApiClient(temp, settings)) {
                JsonNode unknown = client.get("/backup").json().path(0);
                assertThat(unknown.path("encrypted").booleanValue()).isTrue();
                assertThat(unknown.has("statistics")).isFalse();
                assertThat(unknown.path("signature").isNull()).isTrue();
            }
        }
    }

    private static void backUp(TestBucket bucket, ApiClient client) throws Exception {
        client.backup("mine");
        assertThat(new String(bucket.archive("mine"), StandardCharsets.ISO_8859_1))
                .startsWith("age-encryption.org/v1\n");
        JsonNode known = client.get("/backup").json().path(0);
        assertThat(known.path("encrypted").booleanValue()).isTrue();
        assertThat(known.path("verified").path("ok").booleanValue()).isTrue();
        assertThat(known.path("statistics").path("documents").asInt()).isPositive();
        assertThat(client.get("//metrics").text())
                .contains("ngbak_archives 1.0")
                .contains("ngbak_archives_unreadable 0.0");

        Answer refused = client.get("/backup/mine");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("BACKUP_IDENTITY_FILE");
        assertThat(client.ended(client.post("/backup/mine/verify", ""))
                        .path("status")
                        .asText())
                .isEqualTo("failed");
        assertThat(client.get("/backup")
                        .json()
                        .path(0)
                        .path("verified")
                        .path("ok")
                        .booleanValue())
                .isTrue();
    }

    private void forgetRecords() throws Exception {
        try (Stream<Path> files = Files.walk(temp)) {
            for (Path file :
                    files.filter(file -> file.getParent().endsWith("verified")).toList()) {
                Files.delete(file);
            }
        }
    }
}
