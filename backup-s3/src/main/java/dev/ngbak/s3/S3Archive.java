package dev.ngbak.s3;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** An archive in a bucket. All reads return bytes of the same version of the object. */
final class S3Archive implements ReadableArchive {

    private final S3Connection connection;
    private final S3Location location;
    private Version version;
    private @Nullable Instant lockedUntil;

    /**
     * @param modified in whole seconds, because some services have milliseconds in a list only
     * @param etag the name that the service gives to this version of the object
     */
    record Version(long size, Instant modified, String etag) {
        Version {
            modified = modified.truncatedTo(ChronoUnit.SECONDS);
        }

        static Version of(HeadObjectResponse head) {
            return new Version(head.contentLength(), head.lastModified(), head.eTag());
        }
    }

    /** Returns an archive that need not exist. Its version is that of its first use. */
    S3Archive(S3Connection connection, S3Location location) {
        this.connection = connection;
        this.location = location;
    }

    S3Archive(S3Connection connection, S3Location location, Version version) {
        this.connection = connection;
        this.location = location;
        this.version = version;
    }

    /** Returns an archive in the version that the service has just described. */
    S3Archive(S3Connection connection, S3Location location, HeadObjectResponse found) {
        this(connection, location, Version.of(found));
        this.lockedUntil = found.objectLockRetainUntilDate();
    }

    @Override
    public String name() {
        return location.name();
    }

    @Override
    public String location() {
        return location.toString();
    }

    @Override
    public long size() {
        return version().size();
    }

    @Override
    public Instant lastModified() {
        return version().modified();
    }

    @Override
    public synchronized Optional<Instant> lockedUntil() {
        return Optional.ofNullable(lockedUntil).filter(end -> end.isAfter(connection.now()));
    }

    private synchronized void see(@Nullable Instant lockEnd) {
        if (lockEnd != null) { // Not every service says so when it is asked for content.
            lockedUntil = lockEnd;
        }
    }

    @Override
    public InputStream read(long offset) {
        return new ResumingInput(this, offset);
    }

    S3Connection connection() {
        return connection;
    }

    private synchronized Version version() {
        if (version == null) {
            HeadObjectResponse head = connection.head(reading(), location).orElseThrow(() -> gone(null));
            version = Version.of(head);
            see(head.objectLockRetainUntilDate());
        }
        return version;
    }

    /**
     * Asks for a range of the archive.
     *
     * @param end the offset after the last byte
     * @throws BackupException {@code NOT_FOUND} if the archive was deleted; {@code CORRUPT} if it was replaced since its first
     *     use
     */
    ResponseInputStream<GetObjectResponse> open(long from, long end) {
        Version pinned = version();
        try {
            ResponseInputStream<GetObjectResponse> answer = connection
                    .client()
                    .getObject(r -> r.bucket(location.bucket())
                            .key(location.path())
                            .ifMatch(pinned.etag())
                            .range("bytes=" + from + "-" + (end - 1)));
            see(answer.response().objectLockRetainUntilDate());
            String expected = "bytes " + from + "-" + (end - 1) + "/" + pinned.size();
            boolean whole =
                    from == 0 && end == pinned.size() && answer.response().contentRange() == null;
            if (!whole && !expected.equals(answer.response().contentRange())) {
                answer.abort();
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "Cannot " + reading() + ": the service ("
                                + connection.settings().service()
                                + ") answers with other bytes than those that it was asked for",
                        "Use a service that supports ranges");
            }
            return answer;
        } catch (S3Exception e) {
            if (e.statusCode() == 412) {
                throw new BackupException(
                        Kind.CORRUPT,
                        "The archive " + name() + " was replaced by another object while it was being read",
                        "Find out what writes to the bucket, then try again",
                        e);
            }
            throw e.statusCode() == 404 && !S3Errors.code(e).equals("NoSuchBucket")
                    ? gone(e)
                    : connection.explain(reading(), e);
        } catch (SdkException e) {
            throw connection.explain(reading(), e);
        }
    }

    /** Completes the sentence "Cannot …". */
    String reading() {
        return "read the archive " + name();
    }

    private BackupException gone(Exception cause) {
        return new BackupException(
                Kind.NOT_FOUND,
                "The archive " + location + " does not exist",
                "Run ngbak list to see all archives",
                cause);
    }
}
