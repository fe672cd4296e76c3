package dev.ngbak.s3;

import dev.ngbak.s3.ServiceProbe.Function;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectLockConfiguration;
import software.amazon.awssdk.services.s3.model.ObjectLockEnabled;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.ObjectLockRetention;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Finds out how the bucket locks objects, without locking one. */
final class ObjectLockProbe {

    private final S3Connection connection;
    private final ProbeObject object;

    /** @param object written without a lock */
    ObjectLockProbe(ProbeObject object) {
        this.connection = object.connection();
        this.object = object;
    }

    /**
     * Returns those functions that concern locks.
     *
     * @throws BackupException {@code INVALID} if permissions are missing
     */
    Set<Function> probe(S3Client s3) {
        Set<Function> functions = EnumSet.noneOf(Function.class);
        Optional<ObjectLockConfiguration> configuration = connection.call(
                "read the object lock of the bucket (s3:GetBucketObjectLockConfiguration)", this::configuration);
        if (configuration.filter(ObjectLockProbe::hasDefault).isEmpty()) {
            functions.add(Function.NO_DEFAULT_LOCK);
        }
        if (isNeeded() && configuration.isPresent()) {
            // Without the permission, the service would not say that an archive is locked.
            connection.call("read the lock of an object (s3:GetObjectRetention)", this::retention);
            if (connection.call("lock an object (s3:PutObjectRetention)", any -> isPastRefused())) {
                functions.add(Function.OBJECT_LOCK);
            }
        }
        return functions;
    }

    private boolean isNeeded() {
        return connection.settings().objectLock().isPresent();
    }

    private Optional<ObjectLockConfiguration> configuration(S3Client s3) {
        try {
            return Optional.ofNullable(s3.getObjectLockConfiguration(r -> r.bucket(object.bucket()))
                            .objectLockConfiguration())
                    .filter(found -> found.objectLockEnabled() == ObjectLockEnabled.ENABLED);
        } catch (S3Exception e) {
            boolean mayBeDenied = !isNeeded();
            if (isUndecided(e) && !(mayBeDenied && isDenied(e))) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Returns whether the failure says nothing about locks. */
    private static boolean isUndecided(S3Exception e) {
        return isDenied(e)
                || e.isThrottlingException()
                || Set.of(500, 502, 503, 504).contains(e.statusCode());
    }

    private static boolean isDenied(S3Exception e) {
        return e.statusCode() == 401 || e.statusCode() == 403;
    }

    private static boolean hasDefault(ObjectLockConfiguration configuration) {
        return configuration.rule() != null && configuration.rule().defaultRetention() != null;
    }

    private Optional<ObjectLockRetention> retention(S3Client s3) {
        try {
            return Optional.of(
                    s3.getObjectRetention(r -> r.bucket(object.bucket()).key(object.key()))
                            .retention());
        } catch (S3Exception e) {
            if (isUndecided(e)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** A service that ignores locks accepts one that ended in the past. */
    private boolean isPastRefused() {
        try {
            object.abort(object.createUpload(r -> r.objectLockMode(ObjectLockMode.GOVERNANCE)
                    .objectLockRetainUntilDate(connection.now().minus(Duration.ofDays(1)))));
            return false;
        } catch (S3Exception e) {
            if (isUndecided(e)) {
                throw e;
            }
            return e.statusCode() == 400; // Otherwise the service knows no locks.
        }
    }

    /** Returns the refusal to write archives that would not be locked. */
    static BackupException missing(String bucket, S3Settings settings) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                S3Settings.OBJECT_LOCK.name() + " is set, but archives in the bucket " + bucket
                        + " would not be locked: it has no object lock, or the service ("
                        + settings.service() + ") ignores it",
                "Use a bucket with object lock, as docs/OBJECT-STORAGE.md describes it, or unset "
                        + S3Settings.OBJECT_LOCK.name());
    }

    /** Returns the failure for a bucket in which no object can be replaced. */
    static BackupException lockedWithoutVersions(String bucket, BackupException cause) {
        return new BackupException(
                Kind.INVALID,
                "The bucket " + bucket
                        + " locks every new object by default and keeps no versions, so ngbak could"
                        + " not renew the lock of the repository",
                "Remove the default retention of the bucket, and set " + S3Settings.OBJECT_LOCK.name()
                        + " to lock archives",
                cause);
    }

    /** Returns what a default retention means, as a sentence for users. */
    static String defaultLock(String bucket) {
        return "The bucket " + bucket + " has a default retention, which locks the lease of ngbak, too: a job"
                + " writes it every 15 seconds, and each version stays until its lock ends. Remove the default retention"
                + " of the bucket, and set " + S3Settings.OBJECT_LOCK.name() + " to lock archives.";
    }
}
