package dev.ngbak.spi;

import java.io.IOException;

/**
 * A store open for reading. One thread uses it, one after the other; only {@link #abort} may come from another thread.
 * Whoever opened it closes it. It never writes to the store.
 */
public interface ExportSession extends AutoCloseable {

    /** What the store is and what of it is in scope. */
    StoreInfo info();

    /** What is in scope now, as cheaply as the store can tell. */
    StoreCounts counts() throws IOException;

    /** Where the store's history stands now. Two equal markers: nothing in scope was written between them. */
    ChangeMarker marker() throws IOException;

    /**
     * Writes all that is in scope into the sink.
     *
     * @return the counts and the digest of what was written, taken as it passed
     * @throws IOException what the sink threw, unchanged
     * @throws BackupException {@code INCOMPATIBLE} for content that this plugin cannot carry: never left out in silence
     * @throws java.util.concurrent.CancellationException what the progress threw, unchanged
     */
    StoreSummary export(EntrySink sink, Progress progress) throws IOException;

    /** The same summary as {@link #export} would give now, writing nothing. */
    StoreSummary digest(Progress progress) throws IOException;

    /**
     * Makes a call that is under way in another thread return soon with an exception. May be called more than once, and
     * after {@link #close}, when nothing happens.
     */
    void abort();

    /** Frees what the session holds. May be called more than once. */
    @Override
    void close();
}
