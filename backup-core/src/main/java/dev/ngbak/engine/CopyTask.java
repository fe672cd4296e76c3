package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DiskErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;

/**
 * Copies one archive to another repository. Verifies the original while it sends it, and reads the copy back completely. Locks
 * the other repository only, because archives do not change.
 */
final class CopyTask {

    private final EngineContext source;
    private final EngineContext target;
    private final String targetName;
    private final Job job;

    /** @param target the same environment with the other repository */
    CopyTask(EngineContext source, EngineContext target, Job job) {
        this.source = source;
        this.target = target;
        this.targetName = target.repository().displayName();
        this.job = job;
    }

    CopyResult run(ReadableArchive keyless) throws IOException {
        ReadableArchive archive = source.keys().withDefault(keyless);
        BackupId id = idOf(archive);
        if (targetName.equals(source.repository().displayName())
                && source.repository().idOf(archive).isPresent()) {
            throw sameRepository(id);
        }
        job.begin(Phase.CHECKING);
        ArchiveInfo original = describe(archive);
        Optional<CopyResult> present = present(id, archive, original);
        if (present.isEmpty()) {
            requireSpace(id, original.size());
            try (RepositoryLock lock = lock(id)) {
                // Another job may have made it until now.
                present = present(id, archive, original);
                if (present.isEmpty()) {
                    present = Optional.of(copy(id, archive, isOpaque(original)));
                }
            }
        }
        job.end();
        return present.get();
    }

    /** Returns what is known about an archive, even if it is encrypted and no key opens it. */
    private static ArchiveInfo describe(ReadableArchive archive) throws IOException {
        try {
            return ArchiveInfo.read(archive);
        } catch (BackupException e) {
            if (!ArchiveKeys.isReasonOf(e)) {
                throw e;
            }
            return ArchiveInfo.listed(archive);
        }
    }

    /** Returns whether nothing here can decrypt an archive, so that only its bytes can be compared. */
    private static boolean isOpaque(ArchiveInfo archive) {
        return archive.encrypted() && archive.signature() == null;
    }

    private static BackupId idOf(ReadableArchive archive) {
        if (!BackupId.isArchiveName(archive.name())) {
            throw new BackupException(
                    Kind.INVALID,
                    "The name of the file " + archive.name() + " is not a backup id with " + BackupId.SUFFIX
                            + " at its end",
                    "Rename the file");
        }
        return BackupId.ofFileName(archive.name());
    }

    /**
     * Returns the copy if the other repository has one. Verifies it first if this has not been done, because its process may
     * have been killed.
     *
     * @throws BackupException {@code ALREADY_EXISTS} if it has something else under this id; {@code CORRUPT} if the copy is
     *     damaged
     */
    private Optional<CopyResult> present(BackupId id, ReadableArchive archive, ArchiveInfo original)
            throws IOException {
        if (!target.repository().contains(id)) {
            return Optional.empty();
        }
        ArchiveInfo there = target.verifications().addTo(inspect(id));
        ReadableArchive copy = target.keys().with(target.repository().open(id));
        if (Repositories.isSameFile(archive, copy)) {
            throw sameRepository(id);
        }
        boolean opaque = isOpaque(there) || isOpaque(original);
        if (there.size() != original.size()
                || !(opaque ? hasSameBytes(archive, copy) : there.manifestText().equals(original.manifestText()))) {
            throw exists(
                    id,
                    "another archive under the id " + id + ", made " + Sizes.time(there.createdAt()) + " UTC",
                    null);
        }
        if (!opaque && (there.verification() == null || !there.verification().ok())) {
            there = verified(id, copy);
        }
        return Optional.of(new CopyResult(there, targetName, false, null));
    }

    private boolean hasSameBytes(ReadableArchive one, ReadableArchive other) throws IOException {
        job.begin(Phase.VERIFYING);
        return sha256(one).equals(sha256(other));
    }

    private String sha256(ReadableArchive archive) throws IOException {
        return new TeeArchive(archive, (bytes, offset, length) -> job.checkCancelled()).finish();
    }

    private ArchiveInfo inspect(BackupId id) throws IOException {
        try {
            return describe(target.keys().with(target.repository().open(id)));
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT && e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            throw exists(id, "something under the id " + id + " that cannot be read (" + e.problem() + ")", e);
        }
    }

    private ArchiveInfo verified(BackupId id, ReadableArchive copy) throws IOException {
        job.begin(Phase.VERIFYING);
        try {
            return target.verify(copy, job).report().archive();
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT) {
                throw e;
            }
            throw new BackupException(
                    Kind.CORRUPT,
                    "The copy of " + id + " that " + targetName + " has already is damaged (" + e.problem() + ")",
                    "Delete it there, then copy the archive again",
                    e);
        }
    }

    private RepositoryLock lock(BackupId id) throws IOException {
        try {
            return target.lock("the copy of " + id);
        } catch (BackupException e) {
            if (e.kind() != Kind.BUSY) {
                throw e;
            }
            throw new BackupException(
                    Kind.BUSY, "Another job writes to " + targetName + " (" + e.problem() + ")", e.remedy(), e);
        }
    }

    private void requireSpace(BackupId id, long bytes) throws IOException {
        OptionalLong free = target.repository().freeSpace();
        if (free.isPresent() && free.getAsLong() < bytes) {
            throw new BackupException(
                    Kind.NO_SPACE,
                    "The copy of " + id + " needs " + Sizes.of(bytes) + " in " + targetName + ", where "
                            + Sizes.of(free.getAsLong()) + " is free",
                    "Free some space there, or copy to another place");
        }
    }

    /** @param opaque whether nothing here can decrypt the archive */
    private CopyResult copy(BackupId id, ReadableArchive archive, boolean opaque) throws IOException {
        job.begin(Phase.COPYING);
        try (ArchiveUpload upload = target.repository().create(id)) {
            target.repository().sidecars().deleteAll(id); // of an archive that somebody deleted by hand
            WritableByteChannel channel = upload.channel(archive.size());
            TeeArchive sending = new TeeArchive(archive, (bytes, offset, length) -> {
                job.checkCancelled();
                write(channel, ByteBuffer.wrap(bytes, offset, length));
            });
            if (!opaque) {
                source.verify(sending, job);
            }
            String sha256 = sending.finish();
            ReadableArchive made = upload.commit(written -> {
                job.begin(Phase.VERIFYING);
                requireEqual(id, written, sha256, opaque);
                job.pointOfNoReturn();
            });
            ArchiveInfo copy = describe(target.keys().with(made));
            if (!opaque) {
                copy = copy.with(target.verifications().putGood(id, made, copy));
            }
            job.info("Copied " + id + ", " + Sizes.of(copy.size()) + ", to " + targetName
                    + ", and read the copy back: every byte is that of the original.");
            if (opaque) {
                job.warn(
                        "The archive is encrypted, and no identity here opens it, so its content was not verified. To verify it,"
                                + " run ngbak verify where BACKUP_IDENTITY_FILE is set.");
            }
            return new CopyResult(copy, targetName, true, sha256);
        }
    }

    /** Explains the failure here, because the reader of the original would take it for damage of the original. */
    private void write(WritableByteChannel channel, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            boolean isFolderFull = DiskErrors.isNoSpace(e) && hasDisk();
            throw isFolderFull
                    ? new BackupException(
                            Kind.NO_SPACE,
                            "The disk of " + targetName + " became full",
                            "Free some space there, or copy to another place",
                            e)
                    : Errors.explain(e, "the copy was being written");
        }
    }

    private boolean hasDisk() {
        return Errors.guarded(
                        "the free space was being read",
                        () -> target.repository().freeSpace())
                .isPresent();
    }

    private void requireEqual(BackupId id, ReadableArchive written, String sha256, boolean opaque) throws IOException {
        TeeArchive reading =
                new TeeArchive(target.keys().with(written), (bytes, offset, length) -> job.checkCancelled());
        String difference = null;
        try {
            if (!opaque) {
                ArchiveVerifier.run(reading, target.stores(), job);
            }
            difference = reading.finish().equals(sha256) ? null : "its SHA-256 is another one";
        } catch (CancellationException e) {
            throw e;
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT && e.kind() != Kind.INTERNAL) {
                throw e; // It cannot be read, which does not mean that it is damaged.
            }
            difference = e.problem();
        }
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "The copy of " + id + " in " + targetName + " differs from its original and was deleted: "
                            + difference,
                    "Check the disk or the service of " + targetName + ", then try again");
        }
    }

    private BackupException exists(BackupId id, String what, Exception cause) {
        return new BackupException(
                Kind.ALREADY_EXISTS,
                targetName + " has " + what,
                "Copy to another folder or prefix, or delete " + id + " there if nobody needs it",
                cause);
    }

    private BackupException sameRepository(BackupId id) {
        return new BackupException(
                Kind.INVALID,
                targetName + " is where " + id + " is already, so there is nothing to copy",
                "Name another repository");
    }
}
