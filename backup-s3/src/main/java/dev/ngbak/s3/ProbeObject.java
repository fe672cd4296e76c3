package dev.ngbak.s3;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** An object with which a service is tested. Writes have the sums that a bucket with a default retention demands. */
final class ProbeObject {

    static final String CONTENT = "ngbak";

    private final S3Connection connection;
    private final S3Location location;
    private final S3Client s3;
    private final List<String> versions = new ArrayList<>();

    ProbeObject(S3Connection connection, S3Location root, S3Client s3) {
        this.connection = connection;
        this.location = root.resolve(S3Repository.CONTROL + "/probe-" + UUID.randomUUID());
        this.s3 = s3;
    }

    S3Connection connection() {
        return connection;
    }

    String bucket() {
        return location.bucket();
    }

    String key() {
        return location.path();
    }

    boolean exists() {
        return connection.head("read " + location, location).isPresent();
    }

    void put(Consumer<PutObjectRequest.Builder> condition) {
        remember(s3.putObject(
                        r -> {
                            r.bucket(bucket()).key(key()).contentMD5(S3Connection.md5(CONTENT));
                            condition.accept(r);
                        },
                        RequestBody.fromString(CONTENT))
                .versionId());
    }

    ResponseBytes<GetObjectResponse> get(Consumer<GetObjectRequest.Builder> range) {
        return s3.getObjectAsBytes(r -> {
            r.bucket(bucket()).key(key());
            range.accept(r);
        });
    }

    /** Returns the id of a new upload. */
    String createUpload(Consumer<CreateMultipartUploadRequest.Builder> options) {
        return s3.createMultipartUpload(r -> {
                    r.bucket(bucket()).key(key());
                    options.accept(r);
                })
                .uploadId();
    }

    /** Sends a part that repeats one byte. */
    CompletedPart part(String upload, int number, int size) {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) number);
        String etag = s3.uploadPart(
                        r -> r.bucket(bucket())
                                .key(key())
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(S3Connection.md5(content)),
                        RequestBody.fromBytes(content))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    void complete(
            String upload, List<CompletedPart> parts, Consumer<CompleteMultipartUploadRequest.Builder> condition) {
        remember(s3.completeMultipartUpload(r -> {
                    r.bucket(bucket()).key(key()).uploadId(upload).multipartUpload(all -> all.parts(parts));
                    condition.accept(r);
                })
                .versionId());
    }

    void abort(String upload) {
        try {
            s3.abortMultipartUpload(r -> r.bucket(bucket()).key(key()).uploadId(upload));
        } catch (SdkException e) {
            return; // It is gone, because the service has completed it in spite of the condition.
        }
    }

    private void remember(@Nullable String version) {
        if (version != null) {
            versions.add(version);
        }
    }

    /**
     * Deletes all versions for good, or hides the object if that is not possible.
     *
     * @throws BackupException {@code INVALID} if the bucket locks it and keeps no versions
     */
    void delete() {
        try {
            for (String version : versions) {
                s3.deleteObject(r -> r.bucket(bucket()).key(key()).versionId(version));
            }
            if (!versions.isEmpty()) {
                return;
            }
        } catch (SdkException e) {
            // A default retention locks it, or these credentials may not delete versions.
        }
        try {
            s3.deleteObject(r -> r.bucket(bucket()).key(key()));
        } catch (SdkException e) {
            BackupException why = connection.explain("delete " + location, e);
            throw why.kind() == Kind.LOCKED ? ObjectLockProbe.lockedWithoutVersions(bucket(), why) : why;
        }
    }
}
