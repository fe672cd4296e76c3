package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests large transfers and many requests with a heap of 256 MiB. */
@Tag("full")
class LargeTransferTest {

    private static final long LARGE = 5L << 30;

    @TempDir
    Path temp;

    private final HttpClient http = HttpClient.newHttpClient();
    private NgbakProcess ngbak;
    private Process process;
    private String url;

    @BeforeEach
    void serve() throws Exception {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
        ngbak.settings.put("PORT", "0");
        Path out = temp.resolve("out");
        process = ngbak.start(NgbakProcess.java(Main.class.getName(), "serve"), out, temp.resolve("err"));
        Matcher address = Pattern.compile("http://[0-9.]+:\\d+/").matcher("");
        while (!address.find()) {
            assertThat(process.isAlive()).isTrue();
            Thread.sleep(20);
            address.reset(Files.readString(out));
        }
        url = address.group();
    }

    @AfterEach
    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path));
    }

    /** Incompressible bytes. */
    private static final class Noise extends InputStream {
        private final byte[] block = new byte[1 << 20];
        private long left;

        Noise(long length) {
            left = length;
            new Random(1).nextBytes(block);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            if (left == 0) {
                return -1;
            }
            int n = (int) Math.min(Math.min(length, block.length), left);
            System.arraycopy(block, 0, buffer, from, n);
            left -= n;
            return n;
        }
    }

    @Test
    void largeUploadNeedsLittleMemory() throws Exception {
        HttpResponse<String> answer = http.send(
                request("api/v1/restore")
                        .header("Content-Type", "multipart/form-data; boundary=frontier")
                        .POST(BodyPublishers.ofInputStream(
                                () -> new SequenceInputStream(Collections.enumeration(List.of(
                                        bytes(
                                                "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"),
                                        new Noise(LARGE),
                                        bytes("\r\n--frontier--\r\n"))))))
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.statusCode())
                .as(answer.body())
                .isEqualTo(422); // it was received completely, but is not an archive
        try (Stream<Path> left = Files.list(ngbak.backups().resolve(".ngbak/uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void largeDownloadIsCompleteAndResumable() throws Exception {
        Files.createDirectories(ngbak.backups());
        try (RandomAccessFile file =
                new RandomAccessFile(ngbak.backups().resolve("large.ngbak").toFile(), "rw")) {
            file.setLength(LARGE);
        }
        assertThat(length(request("api/v1/backup/large/download").build())).isEqualTo(LARGE);
        assertThat(length(request("api/v1/backup/large/download")
                        .header("Range", "bytes=" + (LARGE / 2) + "-")
                        .build()))
                .isEqualTo(LARGE / 2);
    }

    private long length(HttpRequest request) throws IOException, InterruptedException {
        try (InputStream in = http.send(request, BodyHandlers.ofInputStream()).body()) {
            return in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }

    @Test
    void steadyLoadDuringBackupsLeaksNothing() throws Exception {
        double threads = 0;
        double files = 0;
        AtomicInteger failures = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        Semaphore underWay = new Semaphore(200);
        List<String> paths = List.of("api/v1/backup", "api/v1/jobs");
        long start = System.nanoTime();
        int sent = 0;
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60)) {
            if (sent % 400 == 0) {
                http.send(request("api/v1/backup").POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
            }
            if (sent == 2_000) { // threads and connections for this load exist by now
                threads = metric("jvm_threads_live_threads");
                files = metric("process_files_open_files");
            }
            underWay.acquire();
            CompletableFuture<?> answer = http.sendAsync(
                            request(paths.get(sent % paths.size())).build(), BodyHandlers.ofString())
                    .handle((response, failure) -> {
                        underWay.release();
                        if (failure != null || response.statusCode() != 200) {
                            failures.incrementAndGet();
                        }
                        return answered.incrementAndGet();
                    });
            assertThat(answer).isNotNull();
            sent++;
            long due = start + sent * 5_000_000L;
            TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
        }
        underWay.acquire(200);

        assertThat(failures).hasValue(0);
        assertThat(answered).hasValue(sent);
        System.out.println("LargeTransferTest: " + sent + " requests in a minute");
        assertThat(metric("jvm_threads_live_threads")).isLessThan(threads + 20);
        assertThat(metric("process_files_open_files")).isLessThan(files + 20);
        JsonNode jobs = new ObjectMapper()
                .readTree(http.send(request("api/v1/jobs").build(), BodyHandlers.ofString())
                        .body());
        assertThat(jobs.findValuesAsText("status")).doesNotContain("failed");
    }

    private double metric(String name) throws IOException, InterruptedException {
        String text =
                http.send(request("metrics").build(), BodyHandlers.ofString()).body();
        Matcher matcher =
                Pattern.compile("(?m)^" + name + "(?:\\{.*})? (\\S+)$").matcher(text);
        assertThat(matcher.find()).as(name).isTrue();
        return Double.parseDouble(matcher.group(1));
    }
}
