package dev.ngbak.s3;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;

/**
 * How long the service refuses to delete a new archive.
 *
 * @param mode {@code GOVERNANCE}: a special permission ends the lock early; {@code COMPLIANCE}: nobody can
 * @param period from the beginning of the upload
 */
record ObjectLock(ObjectLockMode mode, Duration period) {

    /** The longest period of S3: 100 years. */
    private static final int MAX_DAYS = 36_500;

    private static final Pattern VALUE = Pattern.compile("(governance|compliance):([1-9][0-9]{0,4})d");

    /** @param value such as {@code governance:30d} */
    static ObjectLock of(String value) {
        Matcher parts = VALUE.matcher(value);
        if (!parts.matches() || Integer.parseInt(parts.group(2)) > MAX_DAYS) {
            throw Settings.unusable(
                    S3Settings.OBJECT_LOCK.name(),
                    value,
                    "governance or compliance, a colon, and 1 to " + MAX_DAYS + " days, such as governance:30d");
        }
        return new ObjectLock(
                parts.group(1).equals("governance") ? ObjectLockMode.GOVERNANCE : ObjectLockMode.COMPLIANCE,
                Duration.ofDays(Integer.parseInt(parts.group(2))));
    }

    /** @throws BackupException {@code INCOMPATIBLE} if the service shows no lock on a new archive although it was asked to lock it */
    void requireOn(HeadObjectResponse made, S3Archive archive) {
        if (made.objectLockRetainUntilDate() == null) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The service (" + archive.connection().settings().service() + ") shows no lock on the archive "
                            + archive.name() + ", although " + S3Settings.OBJECT_LOCK.name() + " is set",
                    "Run ngbak doctor, which tests the service, the bucket and the permissions again");
        }
    }

    /** @param now the time of the service */
    Instant until(Instant now) {
        return now.plus(period);
    }
}
