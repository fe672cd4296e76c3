package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.server.ApiClient.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that uploaded archives are received, checked, kept and deleted. */
class UploadTest {

    @TempDir
    Path temp;

    private ApiClient client;
    private byte[] archive;

    @BeforeEach
    void makeAnArchive() throws Exception {
        client = new ApiClient(temp);
        client.backup("mine");
        archive = Files.readAllBytes(client.backups().resolve("mine.ngbak"));
        Files.delete(client.backups().resolve("mine.ngbak"));
        try (Stream<Path> files = Files.list(client.workingDir())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @AfterEach
    void stop() {
        client.close();
    }

    @Test
    void uploadIsPlannedAndThenRestored() throws Exception {
        Answer plan = client.upload("/restore?dry_run=true", "file", archive);
        assertThat(plan.status()).as(plan.text()).isEqualTo(200);
        String upload = plan.json().path("upload_id").asText();
        assertThat(plan.json().path("backup_id").asText()).isEqualTo("mine");
        assertThat(plan.json().path("changes").path("documents").asInt()).isEqualTo(20);
        assertThat(plan.json().path("warnings").toString()).doesNotContain("renamed");
        assertThat(client.get("/backup").json()).isEmpty();

        JsonNode job = client.ended(client.post("/restore", "{\"upload_id\": \"" + upload + "\"}"));

        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        assertThat(job.path("metadata").path("upload_id").asText()).isEqualTo(upload);
        assertThat(job.path("metadata").path("backup_id").asText()).isEqualTo("mine");
        assertThat(client.workingDir().resolve("kv_store_full_docs.json")).exists();
    }

    @Test
    void optionsMayPrecedeOrFollowTheFile() throws Exception {
        for (Object[] parts : List.of(
                new Object[] {"options", "{\"backends\": [\"kv\"]}", "file", archive},
                new Object[] {"file", archive, "options", "{\"backends\": [\"kv\"]}"})) {
            JsonNode plan = client.upload("/restore?dry_run=true", parts).json();
            assertThat(plan.path("archive").path("documents").asInt()).isEqualTo(20);
            assertThat(plan.path("archive").path("entities").asInt()).isZero();
        }
        JsonNode job =
                client.ended(client.upload("/backup/restore", "file", archive, "options", "{\"backends\": [\"kv\"]}"));
        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
        try (Stream<Path> files = Files.list(client.workingDir())) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void contentThatResemblesTheBoundaryIsReceivedCompletely() throws Exception {
        // Text that resembles the boundary, at every position of the buffers.
        byte[] nasty = new byte[3_000_000];
        byte[] almost = "\r\n--frontie\r\n--\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < nasty.length; i++) {
            nasty[i] = almost[i % almost.length];
        }
        System.arraycopy(archive, 0, nasty, 0, archive.length);

        Answer refused = client.upload("/restore?dry_run=true", "file", nasty);

        assertThat(refused.status()).isEqualTo(422); // after all of it was read
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void invalidArchiveIsRefusedAndLeavesNothing() throws Exception {
        byte[] flipped = archive.clone();
        flipped[flipped.length / 2] ^= 1;
        byte[] half = java.util.Arrays.copyOf(archive, archive.length / 2);
        for (byte[] bad : List.of(flipped, half, "no archive".getBytes(StandardCharsets.UTF_8), new byte[0])) {
            for (String path : List.of("/restore", "/restore?dry_run=true")) {
                Answer refused = client.upload(path, "file", bad);
                assertThat(refused.status())
                        .as(path + " " + bad.length + " " + refused.text())
                        .isEqualTo(422);
                assertThat(refused.text()).doesNotContain(temp.toString()).doesNotContain("dev.ngbak");
            }
        }
        assertThat(client.leftoverFiles()).isEmpty();
        assertThat(client.get("/jobs").json()).hasSize(1);
    }

    @Test
    void malformedFormIsRefusedAndLeavesNothing() throws Exception {
        assertThat(client.upload("/restore", "nothing", "x").status()).isEqualTo(400);
        assertThat(client.upload("/restore", "options", "{}").status()).isEqualTo(400);
        assertThat(client.upload("/restore", "file", archive, "file", archive).status())
                .isEqualTo(400);
        assertThat(client.upload("/restore", "file", archive, "options", "{").status())
                .isEqualTo(400);
        assertThat(client.upload("/restore", "file", archive, "options", "{\"nope\": 1}")
                        .status())
                .isEqualTo(400);
        assertThat(client.upload("/restore", "file", archive, "options", "x".repeat(100_000))
                        .status())
                .isEqualTo(413);
        assertThat(client.send("POST", "/restore", BodyPublishers.ofByteArray(archive), "Content-Type", ApiClient.FORM)
                        .status())
                .isEqualTo(400);
        assertThat(client.send("POST", "/restore", BodyPublishers.noBody(), "Content-Type", ApiClient.FORM)
                        .status())
                .isEqualTo(400);
        assertThat(client.send("POST", "/restore", BodyPublishers.ofString("x"), "Content-Type", "multipart/form-data")
                        .status())
                .isEqualTo(400);
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void oversizedUploadIsRefusedWithAndWithoutContentLength() throws Exception {
        client.close();
        client = new ApiClient(temp, "BACKUP_MAX_UPLOAD", "100K");
        byte[] large = new byte[400_000];

        assertThat(client.upload("/restore", "file", large).status()).isEqualTo(413);
        Answer chunked = client.send(
                "POST",
                "/restore",
                BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(formBytes(large))),
                "Content-Type",
                ApiClient.FORM);

        assertThat(chunked.status()).isEqualTo(413);
        assertThat(chunked.json().path("remedy").asText()).contains("BACKUP_MAX_UPLOAD");
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void uploadLargerThanTheDiskIsRefusedBeforeItIsSent() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", client.server.port())) {
            socket.getOutputStream()
                    .write(("POST /api/v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + ApiClient.FORM
                                    + "\r\nContent-Length: 9000000000000000\r\n\r\n--frontier\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 507")
                    .contains("does not fit");
        }
        assertThat(client.leftoverFiles()).isEmpty();
    }

    private byte[] formBytes(byte[] file) {
        String head = "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
        java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
        body.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(file);
        body.writeBytes("\r\n--frontier--\r\n".getBytes(StandardCharsets.US_ASCII));
        return body.toByteArray();
    }

    @Test
    void disconnectedClientLeavesNothing() throws Exception {
        byte[] body = formBytes(new byte[2_000_000]);
        try (Socket socket = new Socket("127.0.0.1", client.server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /api/v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + ApiClient.FORM
                            + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body, 0, body.length / 2);
            out.flush();
            awaitLeftoverFiles(1);
            socket.setSoLinger(true, 0);
        }
        awaitLeftoverFiles(0);

        assertThat(client.get("/jobs").json()).hasSize(1);
    }

    private void awaitLeftoverFiles(int number) throws IOException, InterruptedException {
        while (client.leftoverFiles().size() != number) {
            Thread.sleep(20);
        }
    }

    @Test
    void expiredAndIncompleteUploadsAreDeletedAtTheStart() throws Exception {
        client.upload("/restore?dry_run=true", "file", archive);
        String recent = client.upload("/restore?dry_run=true", "file", archive)
                .json()
                .path("upload_id")
                .asText();
        Path uploads = client.backups().resolve(".ngbak/uploads");
        try (Stream<Path> folders = Files.list(uploads)) {
            for (Path folder : folders.toList()) {
                if (!folder.getFileName().toString().equals(recent)) {
                    Files.setLastModifiedTime(
                            folder, FileTime.from(Instant.now().minus(Duration.ofMinutes(61))));
                }
            }
        }
        Path cutOff = Files.createDirectories(uploads.resolve("00000000-0000-0000-0000-000000000000"));
        Files.writeString(cutOff.resolve("upload.ngbak"), "half");
        client.close();
        client = new ApiClient(temp);

        assertThat(cutOff).doesNotExist();
        while (client.leftoverFiles().size() != 1) {
            Thread.sleep(20);
        }
        assertThat(client.post("/restore?dry_run=true", "{\"upload_id\": \"" + recent + "\"}")
                        .status())
                .isEqualTo(200);
    }
}
