package dev.ngbak.server;

import dev.ngbak.s3proxyserver.S3ProxyServer;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A bucket of s3proxy, which runs in this JVM and keeps its objects in memory. */
public final class TestBucket implements AutoCloseable {

    private static final String NAME = "backups";

    private final String accessKey;
    private final String secretKey;
    private final S3ProxyServer server;
    private final S3Client client;

    public TestBucket() {
        this("bucket-key", "bucket-secret");
    }

    /** Creates a bucket that needs these credentials. */
    public TestBucket(String accessKey, String secretKey) {
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        server = new S3ProxyServer(accessKey, secretKey);
        client = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .build();
        client.createBucket(r -> r.bucket(NAME));
    }

    public URI endpoint() {
        return server.endpoint();
    }

    /** Returns the settings that select the bucket. */
    public Map<String, String> settings() {
        return new HashMap<>(Map.of(
                "BACKUP_REPOSITORY",
                "s3://" + NAME + "/prod",
                "BACKUP_S3_ENDPOINT",
                endpoint().toString(),
                "BACKUP_S3_ACCESS_KEY",
                accessKey,
                "BACKUP_S3_SECRET_KEY",
                secretKey));
    }

    /** Returns the settings as names and values, one after the other. */
    public String[] settingList() {
        return settings().entrySet().stream()
                .flatMap(setting -> List.of(setting.getKey(), setting.getValue()).stream())
                .toArray(String[]::new);
    }

    /** Returns the bytes of an archive. */
    public byte[] archive(String id) {
        return client.getObjectAsBytes(r -> r.bucket(NAME).key("prod/" + id + ".ngbak"))
                .asByteArray();
    }

    /** Deletes the bucket with all that is in it. */
    void delete() {
        for (S3Object object : client.listObjectsV2(r -> r.bucket(NAME)).contents()) {
            client.deleteObject(r -> r.bucket(NAME).key(object.key()));
        }
        client.deleteBucket(r -> r.bucket(NAME));
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
