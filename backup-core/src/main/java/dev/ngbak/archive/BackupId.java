package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/**
 * The id of an archive. The allowed characters ensure that an id is never a path.
 *
 * @param text {@code [A-Za-z0-9][A-Za-z0-9._-]{0,127}} without {@code ..}
 */
public record BackupId(String text) {

    /** The suffix of an archive's file name. */
    public static final String SUFFIX = ".ngbak";

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss'Z'").withZone(ZoneOffset.UTC);

    /** @throws BackupException {@code INVALID} for any other text */
    public BackupId {
        if (!isValid(text)) {
            throw new BackupException(
                    Kind.INVALID,
                    "\"" + SafeText.forMessage(text) + "\" is not a backup id",
                    "An id has 1 to 128 letters, digits, dots, underscores and hyphens, begins with a letter or digit,"
                            + " and has no two dots in a row");
        }
    }

    public static boolean isValid(String text) {
        return ALLOWED.matcher(text).matches() && !text.contains("..");
    }

    /** Returns the default id for a time: {@code snapshot_2025-10-06T14-30-00Z}. */
    public static BackupId at(Instant time) {
        return new BackupId("snapshot_" + TIME.format(time));
    }

    /** Returns whether a file name is a valid id followed by {@code .ngbak}. */
    public static boolean isArchiveName(String fileName) {
        return fileName.endsWith(SUFFIX) && isValid(fileName.substring(0, fileName.length() - SUFFIX.length()));
    }

    /** Returns the id in a file name for which {@link #isArchiveName} is true. */
    public static BackupId ofFileName(String fileName) {
        return new BackupId(fileName.substring(0, fileName.length() - SUFFIX.length()));
    }

    public String fileName() {
        return text + SUFFIX;
    }

    @Override
    public String toString() {
        return text;
    }
}
