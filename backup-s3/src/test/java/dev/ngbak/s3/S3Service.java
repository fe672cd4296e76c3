package dev.ngbak.s3;

import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.Settings;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.junit.jupiter.api.Assumptions;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** An S3 service for tests. */
class S3Service implements AutoCloseable {

    static final String ACCESS_KEY = "marker-access-key";
    static final String SECRET_KEY = "marker-secret-key";

    private final URI endpoint;
    private final AutoCloseable server;
    private String bucket;

    S3Service(URI endpoint, AutoCloseable server) {
        this.endpoint = endpoint;
        this.server = server;
    }

    /** Creates an empty bucket and uses it from now on. */
    void useNewBucket() {
        useBucket("bucket-" + UUID.randomUUID());
    }

    /** Creates an empty bucket with this name and uses it from now on. */
    void useBucket(String name) {
        bucket = name;
        connection().call("create a bucket", s3 -> s3.createBucket(r -> r.bucket(bucket)));
    }

    /** Starts s3proxy in this JVM, which keeps its objects in memory. */
    static S3Service s3proxy() throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(BlobStores.create("transient-nio2", new Properties()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .build();
        server.start();
        return new S3Service(URI.create("http://127.0.0.1:" + server.getPort()), server::stop);
    }

    /** Starts versitygw on a directory. Skips the test if {@code VERSITYGW_BIN} does not name it. */
    static S3Service versitygw(Path objects) throws Exception {
        String program = System.getenv("VERSITYGW_BIN");
        Assumptions.assumeTrue(program != null, "VERSITYGW_BIN does not name versitygw, the second S3 service");
        Files.createDirectories(objects);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        ProcessBuilder command =
                new ProcessBuilder(program, "--port", "127.0.0.1:" + port, "posix", objects.toString());
        command.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
        command.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
        command.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        Process server = command.start();
        while (server.isAlive()) {
            try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return new S3Service(URI.create("http://127.0.0.1:" + port), () -> {
                    server.destroy();
                    server.waitFor();
                });
            } catch (ConnectException e) {
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("versitygw ended with " + server.exitValue());
    }

    URI endpoint() {
        return endpoint;
    }

    String bucket() {
        return bucket;
    }

    S3Location root() {
        return new S3Location(bucket, "prod/ngbak");
    }

    Settings settings() {
        return Settings.of(new HashMap<>(Map.of(
                "BACKUP_REPOSITORY",
                root().toString(),
                "BACKUP_S3_ENDPOINT",
                endpoint.toString(),
                "BACKUP_S3_ACCESS_KEY",
                ACCESS_KEY,
                "BACKUP_S3_SECRET_KEY",
                SECRET_KEY)));
    }

    S3Connection connection() {
        return connection(settings());
    }

    /** Returns a connection that does not wait long before it tries again. */
    S3Connection connection(Settings settings) {
        return new S3Connection(bucket, S3Settings.from(settings), Duration.ofMillis(5));
    }

    S3Repository repository(StateDirectory state) {
        return new S3Repository(root(), connection(), state);
    }

    /** Returns the uploads that were begun and neither completed nor aborted. */
    List<MultipartUpload> openUploads() {
        return connection()
                .call("list uploads", s3 -> s3.listMultipartUploads(r -> r.bucket(bucket)))
                .uploads();
    }

    @Override
    public void close() throws Exception {
        server.close();
    }
}
