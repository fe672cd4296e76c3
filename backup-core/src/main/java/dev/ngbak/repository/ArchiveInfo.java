package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An archive as its manifest describes it.
 *
 * @param id the name of the file or object without {@code .ngbak}
 * @param location the absolute path or the URI, without secrets
 * @param size in bytes
 * @param modifiedAt the time of the last change of the file or object
 * @param createdAt the time in the manifest, or {@code modifiedAt} if there is no plausible one
 * @param manifest {@code null} if it cannot be read
 * @param manifestText the JSON of the manifest, including members that this version does not know; or {@code null}
 * @param unreadable the reason why the manifest cannot be read, or {@code null}
 * @param lockedUntil the time until which the repository refuses to delete the archive, or {@code null} if there is none or it
 *     is not known
 * @param marks what is known about the archive besides its content
 */
public record ArchiveInfo(
        String id,
        String location,
        long size,
        Instant modifiedAt,
        Instant createdAt,
        @Nullable Manifest manifest,
        @Nullable String manifestText,
        @Nullable String unreadable,
        @Nullable Instant lockedUntil,
        ArchiveMarks marks) {

    private static final Instant YEAR_0 = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    /** The order of a list. */
    public static final Comparator<ArchiveInfo> NEWEST_FIRST = Comparator.comparing(ArchiveInfo::createdAt)
            .thenComparing(ArchiveInfo::id)
            .reversed();

    /**
     * Reads the manifest of an archive, even if it is not the first file. Reads all of an archive of nano-graphrag's own backup
     * tool, to find its files.
     */
    public static ArchiveInfo read(ReadableArchive archive) throws IOException {
        try (ArchiveReader reader = ArchiveReader.openManifest(archive)) {
            if (!reader.manifest().isOfOtherTool()) {
                return of(archive, reader);
            }
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT) {
                throw e;
            }
        }
        try (ArchiveReader reader = ArchiveReader.open(archive)) {
            return of(archive, reader);
        }
    }

    /** Returns what a reader knows about an archive. */
    public static ArchiveInfo of(ReadableArchive archive, ArchiveReader reader) throws IOException {
        Instant modified = archive.lastModified();
        Instant created = reader.manifest().createdAt();
        return new ArchiveInfo(
                id(archive.name()),
                archive.location(),
                archive.size(),
                modified,
                isPlausible(created) ? created : plausible(modified),
                reader.manifest(),
                reader.manifestText(),
                null,
                archive.lockedUntil().orElse(null),
                ArchiveMarks.NONE);
    }

    /** Returns an archive whose manifest cannot be read. */
    public static ArchiveInfo unreadable(String name, String location, long size, Instant modified, String why) {
        return new ArchiveInfo(
                id(name), location, size, modified, plausible(modified), null, null, why, null, ArchiveMarks.NONE);
    }

    /** Returns the outcome of the last verification of this version of the archive, or {@code null} if unknown. */
    public @Nullable Verification verification() {
        return marks.verification();
    }

    /** Returns the same archive with the outcome of a verification. */
    public ArchiveInfo with(Verification outcome) {
        return with(marks.with(outcome));
    }

    /** Returns the same archive with other marks. */
    ArchiveInfo with(ArchiveMarks other) {
        return new ArchiveInfo(
                id, location, size, modifiedAt, createdAt, manifest, manifestText, unreadable, lockedUntil, other);
    }

    /** Returns the same archive with a manifest that says more about it. */
    public ArchiveInfo with(Manifest better) {
        return new ArchiveInfo(
                id, location, size, modifiedAt, createdAt, better, better.text(), unreadable, lockedUntil, marks);
    }

    /** Returns a warning if the id in the manifest is not the name of the file. */
    public Optional<String> idWarning() {
        return manifest == null || manifest.backupId().text().equals(id)
                ? Optional.empty()
                : Optional.of("The archive was renamed: its manifest has the id " + manifest.backupId()
                        + ", and its file name has the id " + id);
    }

    /** Returns whether a year has four digits. Other years sort after all real ones, and browsers cannot parse them. */
    private static boolean isPlausible(Instant time) {
        return time != null && !time.isBefore(YEAR_0) && time.isBefore(YEAR_10000);
    }

    private static Instant plausible(Instant modified) {
        Instant seconds = modified.truncatedTo(ChronoUnit.SECONDS);
        return isPlausible(seconds) ? seconds : Instant.EPOCH;
    }

    private static String id(String name) {
        return name.endsWith(BackupId.SUFFIX) ? name.substring(0, name.length() - BackupId.SUFFIX.length()) : name;
    }
}
