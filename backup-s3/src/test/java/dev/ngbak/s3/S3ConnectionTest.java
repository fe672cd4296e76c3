package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.ngbak.spi.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

class S3ConnectionTest {

    /**
     * A body in signed chunks ends with an empty one. A service that has all data need not wait for it: it answers, for example
     * that a condition failed, and closes the connection. The client still writes, and sees a broken connection instead.
     */
    @Test
    void bodyIsNotSentInSignedChunks() throws Exception {
        List<String> digests = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            digests.add(exchange.getRequestHeaders().getFirst("x-amz-content-sha256"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        S3Settings settings = S3Settings.from(Settings.of(Map.of(
                "BACKUP_S3_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort(),
                "BACKUP_S3_ACCESS_KEY", "a",
                "BACKUP_S3_SECRET_KEY", "b")));
        S3Connection connection = new S3Connection("bucket", settings, Duration.ofMillis(5));
        try {
            connection.call("put", s3 -> s3.putObject(r -> r.bucket("bucket").key("k"), RequestBody.fromString("x")));
        } finally {
            connection.close();
            server.stop(0);
        }
        assertThat(digests).singleElement().asString().matches("[0-9a-f]{64}");
    }
}
