package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.LocalRepository;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Finds and reads archives for requests. Polling the list opens no archive, because the repository keeps the manifests. All
 * other reads go through an {@link ArchiveReadQueue}.
 */
final class ArchiveCatalog {

    private static final Duration MAX_LIST_AGE = Duration.ofSeconds(10);

    private final BackupManager manager;
    private final ArchiveReadQueue queue;
    private final SharedList list;

    /** @param jobs the jobs of all processes */
    ArchiveCatalog(BackupManager manager, ArchiveReadQueue queue, Supplier<List<JobRecord>> jobs) {
        this.manager = manager;
        this.queue = queue;
        this.list = new SharedList(manager::list, jobs, MAX_LIST_AGE);
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

    /** Returns all archives, the newest first. A change by another machine is seen with a delay if the repository is remote. */
    List<ArchiveInfo> list() {
        return manager.repository().kind().equals(LocalRepository.KIND) ? manager.list() : list.get();
    }

    /** Deletes an archive. */
    void delete(BackupId id, Job job) {
        try {
            manager.delete(id, job);
        } finally {
            list.changed();
        }
    }

    /** Acknowledges the counts of an archive, or withdraws that. */
    void acknowledge(BackupId id, boolean acknowledged) {
        try {
            if (acknowledged) {
                manager.acknowledge(id);
            } else {
                manager.unacknowledge(id);
            }
        } finally {
            list.changed();
        }
    }

    /** Pins or unpins an archive. */
    void pin(BackupId id, boolean pinned) {
        try {
            if (pinned) {
                manager.pin(id);
            } else {
                manager.unpin(id);
            }
        } finally {
            list.changed();
        }
    }
}
