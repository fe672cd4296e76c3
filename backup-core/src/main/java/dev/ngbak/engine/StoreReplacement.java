package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Replaces one store with its archived state and proves that the two are equal. */
final class StoreReplacement implements AutoCloseable {

    private final Role role;
    private final Manifest.Store archived;
    private final boolean countsOnly;
    private final StoreRegistry stores;
    private final Job job;
    private RestoreSession session;
    private volatile ExportSession reading;
    private ChangeMarker written = ChangeMarker.UNKNOWN;
    private StoreSummary result = StoreSummary.opaque();
    private StoreSummary found;

    /** @param countsOnly whether equal counts are proof enough */
    StoreReplacement(Role role, Manifest manifest, boolean countsOnly, StoreRegistry stores, Job job) {
        this.role = role;
        this.archived = manifest.stores().get(role);
        this.countsOnly = countsOnly;
        this.stores = stores;
        this.job = job;
    }

    void restore(EntrySource source) {
        Errors.inStore(role, "the " + role.id() + " store was being written", () -> {
            write(source);
            return null;
        });
    }

    private void write(EntrySource source) throws IOException {
        long start = System.nanoTime();
        session = stores.openRestore(role);
        job.onCancel(session::abort);
        RecordDigester records = RecordDigester.digesting();
        session.restore(source, records, job.progress(role));
        result = records.summary();
        result.warnings().forEach(job::warn);
        String difference = SummaryComparison.difference(archived.summary(), result);
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "the records written are not those of the archive (" + difference + ")",
                    "This is a defect of the plugin for this store: please report it");
        }
        job.info(role.id() + ": written in " + Sizes.seconds(System.nanoTime() - start) + ".");
    }

    /**
     * Records the change marker of the store. Called only when all stores are restored, because stores may share a
     * change marker.
     */
    void markWritten() {
        written = marker();
    }

    /**
     * Proves that the restored store is equal to the archive.
     *
     * @return the kind of proof: {@code content digest}, {@code counts} or {@code bytes}
     * @throws BackupException if it is not equal
     */
    String prove() throws IOException {
        boolean raw = archived.info().form().equals(ExportSession.RAW);
        RecordDigester records = RecordDigester.digesting();
        boolean readBack = session.readBack(records, job.progress(role));
        boolean byCounts = !readBack && countsOnly && !raw;
        if (readBack) {
            found = records.summary();
        } else {
            // A state that could not be decoded when it was saved cannot be decoded now.
            found = raw ? StoreSummary.opaque() : live(job.progress(role));
        }
        StoreSummary expected = expected();
        String difference = byCounts
                ? countDifference(expected.counts(), found.counts())
                : SummaryComparison.difference(expected, found);
        boolean changed = written.until(marker()) == Comparison.CHANGED;
        if (changed) {
            job.warn("SOMETHING ELSE WROTE to the " + role.id() + " store after it had been replaced."
                    + " Stop whatever writes to it during a restore.");
        }
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "the store does not contain what was written to it (" + difference + ")",
                    changed
                            ? "Something else wrote to it meanwhile: stop that, or set BACKUP_PAUSE_HOOK"
                            : "Check the store and its log, then run the restore again");
        }
        String proof = raw ? "bytes" : SummaryComparison.kind(expected, found);
        job.info(role.id() + ": proved equal to the archive by " + proof + ".");
        return proof;
    }

    /** Returns what {@link #prove} found in the store, or {@code null} if it did not read the store to its end. */
    StoreSummary found() {
        return found;
    }

    /** If the archive states nothing, what the store counted when the archive had been loaded is all that can be compared. */
    private StoreSummary expected() {
        StoreSummary stated = archived.summary();
        return stated.records() < 0 && stated.counts().counts().isEmpty() ? result : stated;
    }

    /** Returns whether the content digest proves that the store is equal to the archive already. */
    boolean isCurrent() {
        if (archived.summary().contentDigest() == null) {
            return false;
        }
        try {
            StoreSummary present = live(Progress.NONE);
            return present.contentDigest() != null && SummaryComparison.difference(archived.summary(), present) == null;
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            return false; // The store may be half written.
        }
    }

    private StoreSummary live(Progress progress) throws IOException {
        try (ExportSession live = stores.openExport(role)) {
            reading = live;
            job.onCancel(live::abort);
            if (countsOnly) {
                return new StoreSummary(-1, live.counts(), null, List.of());
            }
            RecordDigester records = RecordDigester.digesting();
            live.read(records, progress);
            return records.summary();
        }
    }

    private ChangeMarker marker() {
        try (ExportSession live = stores.openExport(role)) {
            return live.marker();
        } catch (IOException | RuntimeException e) {
            return ChangeMarker.UNKNOWN;
        }
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

    /** Makes {@link #prove} return soon with an exception. Called from another thread. */
    void abort() {
        session.abort();
        ExportSession live = reading;
        if (live != null) {
            live.abort();
        }
    }

    /** Closes the session. A failure only causes a warning, because it does not affect what was written and proved. */
    @Override
    public void close() {
        if (session == null) {
            return;
        }
        try {
            session.close();
        } catch (RuntimeException e) {
            job.warn("The connection to the " + role.id() + " store could not be closed properly.");
        }
    }
}
