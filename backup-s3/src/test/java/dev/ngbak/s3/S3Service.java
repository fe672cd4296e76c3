package dev.ngbak.s3;

import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
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
import software.amazon.awssdk.services.s3.model.S3Object;

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

    /** Creates an empty bucket that can lock objects, and uses it from now on. */
    void useNewLockingBucket() {
        bucket = "bucket-" + UUID.randomUUID();
        connection()
                .call(
                        "create a bucket",
                        s3 -> s3.createBucket(r -> r.bucket(bucket).objectLockEnabledForBucket(true)));
    }

    /** Starts s3proxy in this JVM, which keeps its objects in memory. */
    static S3Service s3proxy() throws Exception {
        return s3proxy("transient-nio2", new Properties(), false);
    }

    /** Starts s3proxy in this JVM, which keeps its objects in a directory. */
    static S3Service s3proxy(Path objects) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("jclouds.filesystem.basedir", objects.toString());
        return s3proxy("filesystem-nio2", properties, false);
    }

    /** Starts s3proxy so that it ignores headers that it does not know, such as those of object lock, instead of refusing them. */
    static S3Service s3proxyThatIgnoresLocks() throws Exception {
        return s3proxy("transient-nio2", new Properties(), true);
    }

    private static S3Service s3proxy(String store, Properties properties, boolean ignoring) throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(BlobStores.create(store, properties))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .ignoreUnknownHeaders(ignoring)
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .build();
        server.start();
        return new S3Service(URI.create("http://127.0.0.1:" + server.getPort()), server::stop);
    }

    /** Starts versitygw so that buckets can keep versions, as object lock needs it. */
    static S3Service versitygwWithVersions(Path objects) throws Exception {
        String program = program("VERSITYGW_BIN");
        String versions = Files.createDirectories(objects.resolve("versions")).toString();
        String buckets = Files.createDirectories(objects.resolve("buckets")).toString();
        int port = freePort();
        ProcessBuilder command = new ProcessBuilder(
                program, "--port", "127.0.0.1:" + port, "posix", "--versioning-dir", versions, buckets);
        command.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
        command.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
        return start(command, port);
    }

    /** Starts versitygw on a directory. Skips the test if {@code VERSITYGW_BIN} does not name it. */
    static S3Service versitygw(Path objects) throws Exception {
        String program = program("VERSITYGW_BIN");
        Files.createDirectories(objects);
        int port = freePort();
        ProcessBuilder command =
                new ProcessBuilder(program, "--port", "127.0.0.1:" + port, "posix", objects.toString());
        command.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
        command.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
        return start(command, port);
    }

    /** Starts MinIO on a directory. Skips the test if {@code MINIO_BIN} does not name it. */
    static S3Service minio(Path objects) throws Exception {
        String program = program("MINIO_BIN");
        int port = freePort();
        ProcessBuilder command =
                new ProcessBuilder(program, "server", "--quiet", "--address", "127.0.0.1:" + port, objects.toString());
        command.environment().put("MINIO_ROOT_USER", ACCESS_KEY);
        command.environment().put("MINIO_ROOT_PASSWORD", SECRET_KEY);
        return start(command, port);
    }

    /** Starts S3Mock, which is not a service for production: it accepts every key, for example. */
    static S3Service s3mock(Path objects) throws Exception {
        int port = freePort();
        String classPath;
        try (InputStream in = S3Service.class.getResourceAsStream("/s3mock-server.classpath")) {
            classPath = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        return start(
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        "com.adobe.testing.s3mock.S3MockApplication",
                        "--server.address=127.0.0.1",
                        "--server.port=0",
                        "--http.port=" + port,
                        "--com.adobe.testing.s3mock.store.root=" + Files.createDirectories(objects)),
                port);
    }

    private static String program(String variable) {
        String program = System.getenv(variable);
        Assumptions.assumeTrue(program != null, variable + " does not name the program of an S3 service");
        return program;
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Starts a service and waits until it can work. Some accept requests earlier and answer 503. */
    private static S3Service start(ProcessBuilder command, int port) throws Exception {
        Process server = command.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        HttpClient client = HttpClient.newHttpClient();
        while (server.isAlive()) {
            try {
                int status = client.send(HttpRequest.newBuilder(endpoint).build(), BodyHandlers.discarding())
                        .statusCode();
                if (status < 500) {
                    return new S3Service(endpoint, () -> {
                        server.destroy();
                        server.waitFor();
                    });
                }
            } catch (ConnectException e) {
                // It does not listen yet.
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException(command.command() + " ended with " + server.exitValue());
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
                SECRET_KEY,
                // The test whether a service can be streamed to sends 10 MiB for each new state directory.
                "BACKUP_S3_STAGING",
                "disk")));
    }

    /** Returns the settings with which backups are sent while they are made, as they are by default. */
    Settings streaming() {
        return settings().with("BACKUP_S3_STAGING", "stream");
    }

    S3Connection connection() {
        return connection(settings());
    }

    /** Returns a connection that does not wait long before it tries again. */
    S3Connection connection(Settings settings) {
        return new S3Connection(bucket, S3Settings.from(settings), Duration.ofMillis(1));
    }

    S3Repository repository(StateDirectory state) {
        return new S3Repository(root(), connection(), state);
    }

    /** Returns the keys of all objects in the bucket. */
    List<String> keys() {
        return connection()
                .call(
                        "list objects",
                        s3 -> s3.listObjectsV2Paginator(r -> r.bucket(bucket)).contents().stream()
                                .map(S3Object::key)
                                .toList());
    }

    /** Returns the uploads that were begun and neither completed nor aborted. */
    List<MultipartUpload> openUploads() {
        return connection()
                .call("list uploads", s3 -> s3.listMultipartUploads(r -> r.bucket(bucket)))
                .uploads();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException("the service does not stop", e);
        }
    }
}
