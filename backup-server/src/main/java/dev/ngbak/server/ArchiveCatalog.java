package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.repository.ArchiveInfo;
import java.io.IOException;
import java.util.List;

/**
 * Finds and reads archives for requests. The list is cached until a file changes, so that polling opens no archive. All other
 * reads go through an {@link ArchiveReadQueue}.
 */
final class ArchiveCatalog {

    private final BackupManager manager;
    private final ArchiveReadQueue queue;

    ArchiveCatalog(BackupManager manager, ArchiveReadQueue queue) {
        this.manager = manager;
        this.queue = queue;
    }

    /** @throws dev.ngbak.spi.BackupException {@code NOT_FOUND} */
    ReadableArchive find(BackupId id) {
        return manager.archive(id);
    }

    /** Reads the manifest of an archive. */
    ArchiveInfo inspect(ReadableArchive archive) {
        return queue.readManifest(size(archive), () -> manager.inspect(archive));
    }

    /** Reads an archive completely and checks every digest and record. */
    void verify(ReadableArchive archive) {
        queue.readAll(job -> manager.verify(archive, job));
    }

    /** Verifies an archive and plans its restore. */
    RestorePlan plan(ReadableArchive archive, RestoreOptions options) {
        return queue.readAll(job -> manager.plan(archive, options, job));
    }

    private static long size(ReadableArchive archive) {
        try {
            return archive.size();
        } catch (IOException e) {
            return 0; // Reading the archive reports the problem.
        }
    }

    /** Returns all archives, the newest first. */
    List<ArchiveInfo> list() {
        return manager.list();
    }
}
