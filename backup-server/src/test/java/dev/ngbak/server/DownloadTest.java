package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.server.ApiClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests complete and partial downloads. */
class DownloadTest {

    private static final String PATH = "/backup/mine/download";

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

    @Test
    void downloadIsTheArchiveByteForByte() throws Exception {
        Answer whole = client.get(PATH);

        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.response().body()).isEqualTo(archive);
        assertThat(whole.header("Content-Length")).isEqualTo("" + archive.length);
        assertThat(whole.header("Content-Disposition")).isEqualTo("attachment; filename=\"mine.ngbak\"");
        assertThat(whole.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(whole.header("ETag")).matches("\"[0-9a-f-]+\"");
        assertThat(whole.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }

    @Test
    void rangesAreAnsweredExactly() throws Exception {
        int size = archive.length;
        check("bytes=0-0", 0, 1);
        check("bytes=10-19", 10, 20);
        check("bytes=10-", 10, size);
        check("bytes=-7", size - 7, size);
        check("bytes=" + (size - 1) + "-" + (size + 1_000_000), size - 1, size);
        check("bytes=-" + (size + 1_000_000), 0, size);
    }

    private void check(String range, int from, int to) throws Exception {
        Answer part = client.get(PATH, "Range", range);
        assertThat(part.status()).as(range).isEqualTo(206);
        assertThat(part.response().body()).as(range).isEqualTo(Arrays.copyOfRange(archive, from, to));
        assertThat(part.header("Content-Range")).isEqualTo("bytes " + from + "-" + (to - 1) + "/" + archive.length);
    }

    @Test
    void unsatisfiableRangesAreRefused() throws Exception {
        for (String range : new String[] {"bytes=" + archive.length + "-", "bytes=-0", "bytes=20-10"}) {
            Answer refused = client.get(PATH, "Range", range);
            assertThat(refused.status()).as(range).isEqualTo(416);
            assertThat(refused.header("Content-Range")).isEqualTo("bytes */" + archive.length);
        }
    }

    @Test
    void unsupportedRangesAreAnsweredWithTheWholeArchive() throws Exception {
        for (String range : new String[] {"bytes=0-1,5-6", "lines=1-2", "bytes=x-y", "bytes=-"}) {
            assertThat(client.get(PATH, "Range", range).response().body())
                    .as(range)
                    .isEqualTo(archive);
        }
    }

    @Test
    void downloadResumesOnlyIfTheArchiveIsUnchanged() throws Exception {
        String tag = client.get(PATH).header("ETag");
        assertThat(client.get(PATH, "Range", "bytes=10-", "If-Range", tag).status())
                .isEqualTo(206);
        assertThat(client.get(PATH, "If-None-Match", tag).status()).isEqualTo(304);

        client.send("DELETE", "/backup/mine", java.net.http.HttpRequest.BodyPublishers.noBody());
        client.backup("mine");

        assertThat(client.get(PATH).header("ETag")).isNotEqualTo(tag);
        assertThat(client.get(PATH, "If-None-Match", tag).status()).isEqualTo(200);
        Answer other = client.get(PATH, "Range", "bytes=10-", "If-Range", tag);
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.response().body())
                .isEqualTo(Files.readAllBytes(client.backups().resolve("mine.ngbak")));
    }

    @Test
    void onlyRegularFilesAreSent() throws Exception {
        Path secret = Files.writeString(temp.resolve("secret"), "not for you");
        Files.createSymbolicLink(client.backups().resolve("link.ngbak"), secret);
        Files.createDirectory(client.backups().resolve("folder.ngbak"));
        Process mkfifo = new ProcessBuilder(
                        "mkfifo", client.backups().resolve("fifo.ngbak").toString())
                .start();
        assumeTrue(mkfifo.waitFor() == 0, "mkfifo makes a fifo");

        for (String id : new String[] {"link", "folder", "fifo"}) {
            Answer refused = client.get("/backup/" + id + "/download");
            assertThat(refused.status()).as(id).isIn(404, 422);
            assertThat(refused.text()).doesNotContain("not for you");
        }
    }
}
