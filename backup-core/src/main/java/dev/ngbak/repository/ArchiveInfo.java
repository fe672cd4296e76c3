package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.PublicInfo;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.archive.SignatureStatus;
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
 * @param manifest {@code null} if it cannot be read, or is encrypted and no key opens it
 * @param manifestText the JSON of the manifest, including members that this version does not know; or {@code null}
 * @param unreadable the reason why the manifest cannot be read, or {@code null}
 * @param lockedUntil the time until which the repository refuses to delete the archive, or {@code null} if there is none or it
 *     is not known
 * @param marks what is known about the archive besides its content
 * @param encrypted whether the archive is encrypted. Then its manifest may be unknown although it is readable with a key, and a
 *     manifest in a list may lack the files and stores
 * @param signature what the signature proves, or {@code null} if that is not known
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
        ArchiveMarks marks,
        boolean encrypted,
        @Nullable SignatureStatus signature) {

    private static final Instant YEAR_0 = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    /** The order of a list. */
    public static final Comparator<ArchiveInfo> NEWEST_FIRST = Comparator.comparing(ArchiveInfo::createdAt)
            .thenComparing(ArchiveInfo::id)
            .reversed();

    /** Describes an archive that is not encrypted, and whose signature is not known. */
    public ArchiveInfo(
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
        this(
                id,
                location,
                size,
                modifiedAt,
                createdAt,
                manifest,
                manifestText,
                unreadable,
                lockedUntil,
                marks,
                false,
                null);
    }

    /**
     * Reads the manifest of an archive, even if it is not the first file. Reads all of an archive of nano-graphrag's own backup
     * tool, to find its files. Accepts any signature.
     */
    public static ArchiveInfo read(ReadableArchive keyed) throws IOException {
        ReadableArchive archive = keyed.keys().acceptingAnySignature().with(keyed);
        try (ArchiveReader reader = ArchiveReader.openManifest(archive)) {
            if (!reader.manifest().isOfOtherTool()) {
                return of(archive, reader);
            }
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT || ArchiveKeys.isReasonOf(e)) {
                throw e;
            }
        }
        try (ArchiveReader reader = ArchiveReader.open(archive)) {
            return of(archive, reader);
        }
    }

    /**
     * Returns an archive as a list shows it. Of an encrypted one that no key opens, this is what it says in clear text.
     *
     * @throws BackupException for an archive that cannot be read, even with a key
     */
    public static ArchiveInfo listed(ReadableArchive archive) throws IOException {
        try (ArchiveReader reader = ArchiveReader.openManifest(archive)) {
            return of(archive, reader);
        } catch (BackupException e) {
            Optional<PublicInfo> info =
                    ArchiveKeys.isReasonOf(e) ? ArchiveReader.publicInfo(archive) : Optional.empty();
            if (info.isEmpty() && !ArchiveKeys.isReasonOf(e)) {
                throw e;
            }
            Instant modified = archive.lastModified();
            Instant created = info.map(PublicInfo::createdAt).orElse(null);
            Manifest manifest = info.map(PublicInfo::manifest).orElse(null);
            return new ArchiveInfo(
                    id(archive.name()),
                    archive.location(),
                    archive.size(),
                    modified,
                    isPlausible(created) ? created : plausible(modified),
                    manifest,
                    manifest == null ? null : info.get().text(),
                    null,
                    archive.lockedUntil().orElse(null),
                    ArchiveMarks.NONE,
                    true,
                    null);
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
                ArchiveMarks.NONE,
                reader.isEncrypted(),
                reader.signature());
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
        return copy(createdAt, manifest, manifestText, other, signature);
    }

    /** Returns the same archive with a manifest that says more about it. */
    public ArchiveInfo with(Manifest better) {
        return copy(createdAt, better, better.text(), marks, signature);
    }

    /** Returns the same encrypted archive with the manifest that a verification found in it. */
    ArchiveInfo with(Manifest found, String text, @Nullable SignatureStatus status) {
        return copy(isPlausible(found.createdAt()) ? found.createdAt() : createdAt, found, text, marks, status);
    }

    private ArchiveInfo copy(
            Instant created, Manifest other, String text, ArchiveMarks otherMarks, @Nullable SignatureStatus status) {
        return new ArchiveInfo(
                id,
                location,
                size,
                modifiedAt,
                created,
                other,
                text,
                unreadable,
                lockedUntil,
                otherMarks,
                encrypted,
                status);
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
