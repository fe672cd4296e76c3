package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A store open for reading. It never writes to the store. One thread uses it at a time; only {@link #abort} may come
 * from another thread. The caller that opens it closes it.
 */
public interface ExportSession extends AutoCloseable {

    /** The form of files that {@link #exportRaw} wrote. */
    String RAW = "raw";

    /** Returns a description of the store and its scope. */
    StoreInfo info();

    /** Returns the number of records in scope now, by the cheapest means that the store offers. */
    StoreCounts counts() throws IOException;

    /**
     * Returns a problem if the scope looks misconfigured, for example if it matches nothing in a non-empty store
     * ({@code INVALID}), or if it contains something that this plugin cannot archive ({@code INCOMPATIBLE}) and that is found
     * without reading the records. A backup fails with it. A restore does not, because the archive may well contain all that is
     * missing.
     *
     * @return a problem that names what the store contains instead and the setting to check
     */
    default Optional<BackupException> scopeProblem() throws IOException {
        return Optional.empty();
    }

    /**
     * Returns warnings about data outside the scope that clearly belongs to the same system. The check is cheap: it
     * reads only a part of a large store.
     *
     * @return whole sentences
     */
    default List<String> outsideScope() throws IOException {
        return List.of();
    }

    /** Returns the store's change marker. If two markers are equal, nothing in scope was written between them. */
    ChangeMarker marker() throws IOException;

    /**
     * Writes everything in scope into the sink, and hands each record to the handler as it is written.
     *
     * @throws IOException any exception of the sink or the handler, unchanged
     * @throws BackupException {@code INCOMPATIBLE} for content that this plugin cannot archive: nothing is skipped
     *     silently
     * @throws java.util.concurrent.CancellationException any exception of the progress, unchanged
     */
    void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException;

    /**
     * Hands every record in scope to the handler, as {@link #export} does, without writing it.
     *
     * @throws IOException any exception of the handler, unchanged
     */
    void read(RecordHandler records, Progress progress) throws IOException;

    /**
     * Returns a way to find single records.
     *
     * @return empty, as by default, if {@link #read} is as fast
     */
    default Optional<Lookup> lookup() {
        return Optional.empty();
    }

    /**
     * Writes everything in scope without decoding it. A restore uses it to save a state that {@link #export} refuses because
     * it is broken. The engine archives the files in the form {@link #RAW}; {@link StorageRestorer#read} treats that form as
     * opaque, and {@link RestoreSession#restore} writes it back byte for byte.
     *
     * @param records receives no records, only warnings about everything that could not be saved
     * @throws BackupException {@code INCOMPATIBLE} if the store has no such form, as by default
     */
    default void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        throw new BackupException(
                BackupException.Kind.INCOMPATIBLE,
                info().product() + " cannot be saved in its present state",
                "Repair it so that a backup succeeds, or restore with --no-safety-backup, which allows no rollback");
    }

    /**
     * Makes a call that is running in another thread return soon with an exception. May be called more than once. Does
     * nothing after {@link #close}.
     */
    void abort();

    /** Releases the session's resources. May be called more than once. */
    @Override
    void close();
}
