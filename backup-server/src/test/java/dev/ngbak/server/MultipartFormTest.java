package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests multipart forms at the limits of the format, written byte by byte. */
class MultipartFormTest {

    private static final String DISPOSITION = "Content-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n";

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        client = new ApiClient(temp);
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private Socket post(long length) throws IOException {
        Socket socket = new Socket("127.0.0.1", client.server.port());
        socket.setSoTimeout(60_000);
        write(
                socket,
                "POST /api/v1/restore?dry_run=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                        + ApiClient.FORM + "\r\nContent-Length: " + length + "\r\n\r\n");
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void assertRefused(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("application/problem+json");
    }

    @Test
    void longPartHeaderIsRefusedBeforeItEnds() throws Exception {
        try (Socket socket = post(400L << 20)) {
            write(socket, "--frontier\r\n" + DISPOSITION + "X-Long: " + "a".repeat(64 << 10));
            assertRefused(answer(socket)); // although the header has not ended
        }
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void longPartHeaderNameIsRefusedBeforeItEnds() throws Exception {
        try (Socket socket = post(400L << 20)) {
            write(socket, "--frontier\r\n" + "X".repeat(64 << 10));
            assertRefused(answer(socket));
        }
    }

    @Test
    void manyPartHeadersAreRefusedBeforeTheyEnd() throws Exception {
        try (Socket socket = post(400L << 20)) {
            write(socket, "--frontier\r\n" + "X-Many: a\r\n".repeat(6_000));
            assertRefused(answer(socket));
        }
    }

    @Test
    void partHeaderOf64KilobytesIsRefused() throws Exception {
        String body =
                "--frontier\r\n" + DISPOSITION + "X-Long: " + "a".repeat(64 << 10) + "\r\n\r\nx\r\n--frontier--\r\n";
        try (Socket socket = post(body.length())) {
            write(socket, body);
            assertRefused(answer(socket));
        }
        assertThat(client.leftoverFiles()).isEmpty();
    }

    @Test
    void partHeaderOf100MegabytesIsAnsweredWhileItIsSent() throws Exception {
        byte[] block = "a".repeat(1 << 20).getBytes(StandardCharsets.ISO_8859_1);
        try (Socket socket = post(101L << 20)) {
            write(socket, "--frontier\r\n" + DISPOSITION + "X-Long: ");
            OutputStream out = socket.getOutputStream();
            Thread sender = new Thread(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        out.write(block);
                    }
                } catch (IOException e) {
                    return; // the server has answered and closed the connection
                }
            });
            sender.start();
            byte[] start = new byte[13];
            try (InputStream in = socket.getInputStream()) {
                in.readNBytes(start, 0, start.length);
            }
            sender.join();
            assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 400 ");
        }
    }

    @Test
    void contentThatResemblesTheBoundaryIsStoredExactly() throws Exception {
        client.close();
        client = new ApiClient(temp, "BACKUP_COMPRESSION", "none");
        Path graph = client.workingDir().resolve("graph_chunk_entity_relation.graphml");
        String[] near = {"\r\n--frontie", "\r\n--f", "\r\n-", "\r", "\n", "--frontier", "\r\n--Frontier--\r\n", "x"};
        Random random = new Random(7);
        for (int i = 0; i < 12; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 900_000) {
                text.append(near[random.nextInt(near.length)].repeat(1 + random.nextInt(3)));
            }
            Files.writeString(
                    graph,
                    "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'>"
                            + "<key id='d' for='node' attr.name='description' attr.type='string'/>"
                            + "<graph edgedefault='undirected'><node id='A'><data key='d'>"
                            + text.toString().replace("\n--frontier", "\n-frontier")
                            + "</data></node></graph></graphml>");
            client.backup("near-" + i);
            byte[] archive = Files.readAllBytes(client.backups().resolve("near-" + i + ".ngbak"));
            assertThat(new String(archive, StandardCharsets.ISO_8859_1)).contains("\r\n--frontie\r");

            // The check compares the SHA-256 of every file with the manifest.
            ApiClient.Answer plan = client.upload("/restore?dry_run=true", "file", archive);

            assertThat(plan.status()).as(plan.text()).isEqualTo(200);
        }
    }
}
