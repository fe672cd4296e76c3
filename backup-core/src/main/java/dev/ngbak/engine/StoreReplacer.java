package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Makes stores equal to one archive and proves it: the way forward, and the way back. */
final class StoreReplacer implements AutoCloseable {

    private final Path archive;
    private final ArchiveIndex index;
    private final Manifest manifest;
    private final boolean countsOnly;
    private final StoreRegistry stores;
    private final Job job;
    private final Map<Role, RestoreSession> sessions = new EnumMap<>(Role.class);
    private final Map<Role, ChangeMarker> written = new EnumMap<>(Role.class);

    /** @param index of the archive, from its check */
    StoreReplacer(
            Path archive, ArchiveIndex index, Manifest manifest, boolean countsOnly, StoreRegistry stores, Job job) {
        this.archive = archive;
        this.index = index;
        this.manifest = manifest;
        this.countsOnly = countsOnly;
        this.stores = stores;
        this.job = job;
    }

    /** Makes one store equal to the archive. May be called again after it failed. */
    void restore(Role role) throws IOException {
        Errors.inStore(role, role.id() + " was being replaced", () -> {
            write(role);
            return null;
        });
    }

    private void write(Role role) throws IOException {
        long start = System.nanoTime();
        RestoreSession session = stores.openRestore(role);
        RestoreSession earlier = sessions.put(role, session);
        if (earlier != null) {
            close(role, earlier);
        }
        job.onCancel(session::abort);
        RecordDigester records = RecordDigester.digesting();
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive), index, job::checkCancelled)) {
            reader.next();
            session.restore(new StoreSource(reader, role, true), records, job.progress(role));
        }
        StoreSummary result = records.summary();
        result.warnings().forEach(job::warn);
        String difference = SummaryComparison.difference(expected(role), result);
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL, "what was written is not what the archive holds (" + difference + ")", "");
        }
        job.info(role.id() + ": written in " + Sizes.seconds(System.nanoTime() - start) + ".");
    }

    /** To be called when all stores are restored: from here on nothing is to change in them. */
    void restored() {
        // Not after each of them: stores may share a folder, and then the next one moves the marker of this one.
        sessions.keySet().forEach(role -> written.put(role, marker(role)));
    }

    /**
     * Proves that stores that were restored are what the archive holds: side by side, since that only reads.
     *
     * @return all of them at their end: what the proof rests on, or a {@link BackupException} where there is none
     * @throws CancellationException when this thread is interrupted; the proofs are then told to stop and not waited for
     */
    Map<Role, Future<String>> prove(Set<Role> roles) {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "ngbak-proof");
            thread.setDaemon(true);
            return thread;
        });
        Map<Role, Future<String>> proofs = new EnumMap<>(Role.class);
        try {
            roles.forEach(role -> proofs.put(
                    role,
                    threads.submit(() -> Errors.inStore(role, role.id() + " was being proved", () -> proof(role)))));
            threads.shutdown();
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            return proofs;
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted during the proof");
        }
    }

    /** What a proof rests on. */
    static String result(Future<String> proof) throws IOException {
        try {
            return proof.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted during the proof");
        }
    }

    private String proof(Role role) throws IOException {
        StoreSummary expected = expected(role);
        boolean raw = manifest.stores().get(role).info().form().equals(ExportSession.RAW);
        RecordDigester records = RecordDigester.digesting();
        boolean readBack = sessions.get(role).readBack(records, job.progress(role));
        boolean byCounts = !readBack && countsOnly && !raw;
        StoreSummary found;
        if (readBack) {
            found = records.summary();
        } else {
            // A state that could not be decoded when it was saved cannot be decoded now.
            found = raw ? StoreSummary.opaque() : live(role, job.progress(role));
        }
        String difference = byCounts
                ? countDifference(expected.counts(), found.counts())
                : SummaryComparison.difference(expected, found);
        boolean changed = written.get(role).until(marker(role)) == Comparison.CHANGED;
        if (changed) {
            job.warn("SOMETHING ELSE WROTE to the " + role.id() + " store after it had been replaced."
                    + " Stop whatever writes to it during a restore.");
        }
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "the store does not hold what was written to it (" + difference + ")",
                    changed ? "Something else wrote to it meanwhile: stop that, or set BACKUP_PAUSE_HOOK" : "");
        }
        String kind = raw ? "bytes" : SummaryComparison.kind(expected, found);
        job.info(role.id() + ": proved equal to the archive by " + kind + ".");
        return kind;
    }

    /** Whether a store is, as far as anybody can prove it by its content, what the archive holds already. */
    boolean isAlready(Role role) {
        StoreSummary expected = expected(role);
        if (expected.contentDigest() == null) {
            return false;
        }
        try {
            StoreSummary found = live(role, Progress.NONE);
            return found.contentDigest() != null && SummaryComparison.difference(expected, found) == null;
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            return false; // half written, perhaps; restoring it will tell
        }
    }

    private StoreSummary live(Role role, Progress progress) throws IOException {
        try (ExportSession session = stores.openExport(role)) {
            job.onCancel(session::abort);
            if (countsOnly) {
                return new StoreSummary(-1, session.counts(), null, List.of());
            }
            RecordDigester records = RecordDigester.digesting();
            session.read(records, progress);
            return records.summary();
        }
    }

    /** A store that cannot tell now, or cannot be opened, cannot tell whether it changed either. */
    private ChangeMarker marker(Role role) {
        try (ExportSession session = stores.openExport(role)) {
            return session.marker();
        } catch (IOException | RuntimeException e) {
            return ChangeMarker.UNKNOWN;
        }
    }

    private StoreSummary expected(Role role) {
        return manifest.stores().get(role).summary();
    }

    private static String countDifference(StoreCounts expected, StoreCounts found) {
        for (var count : expected.counts().entrySet()) {
            if (!count.getValue().equals(found.counts().get(count.getKey()))) {
                return count.getValue() + " " + count.getKey() + " expected, "
                        + found.counts().getOrDefault(count.getKey(), 0L) + " found";
            }
        }
        return null;
    }

    /** What is done is done, and what failed has said so: a session that cannot be closed changes neither. */
    @Override
    public void close() {
        for (var session : sessions.entrySet()) {
            close(session.getKey(), session.getValue());
        }
    }

    private void close(Role role, RestoreSession session) {
        try {
            session.close();
        } catch (RuntimeException e) {
            job.warn("The connection to the " + role.id() + " store could not be closed properly.");
        }
    }
}
