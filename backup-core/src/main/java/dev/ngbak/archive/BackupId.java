package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/**
 * The name of an archive. What it allows is all that an id can be, so an id can never be a path.
 *
 * @param text {@code [A-Za-z0-9][A-Za-z0-9._-]{0,127}} without {@code ..}
 */
public record BackupId(String text) {

    /** How the name of an archive's file ends. */
    public static final String SUFFIX = ".ngbak";

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss'Z'").withZone(ZoneOffset.UTC);

    /** @throws BackupException {@code INVALID} for any other text */
    public BackupId {
        if (!isValid(text)) {
            throw new BackupException(
                    Kind.INVALID,
                    "\"" + ArchivePaths.shown(text) + "\" is not a backup id",
                    "An id has 1 to 128 letters, digits, dots, underscores and hyphens, begins with a letter or digit,"
                            + " and has no two dots in a row");
        }
    }

    public static boolean isValid(String text) {
        return ALLOWED.matcher(text).matches() && !text.contains("..");
    }

    /** The default id for a time: {@code snapshot_2025-10-06T14-30-00Z}. */
    public static BackupId at(Instant time) {
        return new BackupId("snapshot_" + TIME.format(time));
    }

    /** The id of an archive's file: its name without {@code .ngbak}. */
    public static boolean isArchiveName(String fileName) {
        return fileName.endsWith(SUFFIX) && isValid(fileName.substring(0, fileName.length() - SUFFIX.length()));
    }

    /** The id that a file name stands for; ask {@link #isArchiveName} first. */
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
