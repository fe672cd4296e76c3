package dev.ngbak.s3;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.Repositories;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a bucket.
 *
 * @param path a key, or the beginning of keys without a slash at its end; empty for the whole bucket
 */
record S3Location(String bucket, String path) {

    static final String SCHEME = "s3";

    /** Without the characters that need an encoding in an address, and without those that read like a password. */
    private static final Pattern ADDRESS =
            Pattern.compile("s3://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])((?:/[A-Za-z0-9!_.*'()=+,&$-]+)*)/?");

    /**
     * Returns the place that an address names.
     *
     * @throws BackupException {@code INVALID}, without the address, because it may contain a password
     */
    static S3Location of(String address) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || hasDotSegment(parts.group(2))) {
            throw new BackupException(
                    Kind.INVALID,
                    "The address of the repository is not that of a bucket",
                    Repositories.BACKUP_REPOSITORY.name()
                            + ", or the address given for a copy, must be s3://bucket or s3://bucket/prefix. Credentials"
                            + " are settings of their own");
        }
        return new S3Location(
                parts.group(1), parts.group(2).isEmpty() ? "" : parts.group(2).substring(1));
    }

    private static boolean hasDotSegment(String path) {
        return ("/" + path + "/").matches(".*/\\.{1,2}/.*");
    }

    S3Location resolve(String name) {
        return new S3Location(bucket, path.isEmpty() ? name : path + "/" + name);
    }

    S3Location archive(BackupId id) {
        return resolve(id.fileName());
    }

    /** Returns the part of the path after the last slash. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return SCHEME + "://" + bucket + (path.isEmpty() ? "" : "/" + path);
    }
}
