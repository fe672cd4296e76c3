package dev.ngbak.testkit;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.Optional;

/** Calls plugins, and counts and digests their records as the engine does. */
public final class Summaries {

    private Summaries() {}

    /** Exports a store and returns the summary of its records. */
    public static StoreSummary export(ExportSession session, EntrySink sink, Progress progress) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        session.export(sink, records, progress);
        return records.summary();
    }

    /** Reads a live store and returns the summary of its records. */
    public static StoreSummary read(ExportSession session, Progress progress) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        session.read(records, progress);
        return records.summary();
    }

    /** Reads an archived store and returns the summary of its records. */
    public static StoreSummary read(StorageRestorer restorer, EntrySource source, Settings settings)
            throws IOException {
        RecordDigester records = RecordDigester.digesting();
        restorer.read(source, settings, records, Progress.NONE);
        return records.summary();
    }

    /** Restores a store and returns the summary of the records that were written. */
    public static StoreSummary restore(RestoreSession session, EntrySource source, Progress progress)
            throws IOException {
        RecordDigester records = RecordDigester.digesting();
        session.restore(source, records, progress);
        return records.summary();
    }

    /** Reads back a restored store and returns the summary of its records; empty if its records do not expire. */
    public static Optional<StoreSummary> readBack(RestoreSession session, Progress progress) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        return session.readBack(records, progress) ? Optional.of(records.summary()) : Optional.empty();
    }
}
