package dev.ngbak.s3;

import dev.ngbak.archive.BackupId;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CancellationException;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectLockLegalHoldStatus;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;

/**
 * Deletes an archive for good, or refuses to. A deletion that does not name a version would succeed in a bucket with versions
 * even if the archive is locked: it would hide the archive, and the archive would still cost money.
 */
final class ArchiveDeletion {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final S3Connection connection;
    private final S3Location archive;

    ArchiveDeletion(S3Connection connection, S3Location archive) {
        this.connection = connection;
        this.archive = archive;
    }

    /**
     * Deletes one version of the archive.
     *
     * @param found the version, as the service has just described it
     * @throws BackupException {@code LOCKED} with the date
     */
    void delete(HeadObjectResponse found) {
        Instant end = found.objectLockRetainUntilDate();
        if (end != null && end.isAfter(connection.now())) {
            throw locked("until " + TIME.format(end), remedy(found.objectLockMode()));
        }
        if (found.objectLockLegalHoldStatus() == ObjectLockLegalHoldStatus.ON) {
            throw locked("by a legal hold", "Delete it when the legal hold has been removed at the service");
        }
        connection.call(
                "delete the archive " + id(),
                s3 -> s3.deleteObject(
                        r -> r.bucket(archive.bucket()).key(archive.path()).versionId(found.versionId())));
    }

    /**
     * Deletes a version that failed its check.
     *
     * @throws BackupException if it stays; with the effect {@code ARCHIVE_UNKNOWN}
     */
    void deleteAfter(Throwable failure, HeadObjectResponse found) {
        try {
            delete(found);
        } catch (RuntimeException e) {
            BackupException visible = new BackupException(
                    // An archive that is locked fails as it would without the lock.
                    kind(kind(e) == Kind.LOCKED ? failure : e),
                    "The archive " + archive.name() + " could not be checked, and could not be deleted either: "
                            + problem(e) + " (" + problem(failure) + ")",
                    "Run ngbak verify " + id() + " before you rely on it, or delete it",
                    failure);
            visible.addSuppressed(e);
            throw visible.withEffect(Effect.ARCHIVE_UNKNOWN);
        }
    }

    private static Kind kind(Throwable e) {
        if (e instanceof BackupException known) {
            return known.kind();
        }
        return e instanceof CancellationException ? Kind.CANCELLED : Kind.INTERNAL;
    }

    private static String problem(Throwable e) {
        return e instanceof BackupException known ? known.problem() : e.getMessage();
    }

    private BackupException locked(String how, String remedy) {
        return new BackupException(Kind.LOCKED, "The archive " + id() + " is locked " + how, remedy);
    }

    private static String remedy(ObjectLockMode mode) {
        return mode == ObjectLockMode.GOVERNANCE
                ? "Delete it after that. Earlier, somebody with the permission s3:BypassGovernanceRetention can delete it"
                        + " with another tool"
                : "Delete it after that. Nobody can delete it earlier";
    }

    private BackupId id() {
        return BackupId.ofFileName(archive.name());
    }
}
