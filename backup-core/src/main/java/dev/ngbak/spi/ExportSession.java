package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * A store open for reading. One thread uses it, one after the other; only {@link #abort} may come from another thread.
 * Whoever opened it closes it. It never writes to the store.
 */
public interface ExportSession extends AutoCloseable {

    /** The form of files that were saved by {@link #exportRaw}. */
    String RAW = "raw";

    /** What the store is and what of it is in scope. */
    StoreInfo info();

    /** What is in scope now, as cheaply as the store can tell. */
    StoreCounts counts() throws IOException;

    /**
     * Why nothing is in scope where the store is not empty, or why the scope lacks what it plainly should have: most likely
     * a wrong setting. A backup stops on it. A restore does not, since it may well bring back all that is in scope.
     *
     * @return what is there instead and which setting to look at, not thrown; {@code null} when there is nothing to object,
     *     or the store is empty
     */
    default BackupException scopeProblem() throws IOException {
        return null;
    }

    /**
     * Tells what lies beside the scope and plainly belongs to the same system. It is cheap: where the store has much, not all
     * is looked at.
     *
     * @param namespaces those that a system may have
     * @return whole sentences; empty where nothing is found, or where the store cannot tell
     */
    default List<String> outsideScope(Set<String> namespaces) throws IOException {
        return List.of();
    }

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
     * Hands over every record in scope, once each, so that the references between the stores can be checked.
     *
     * @return false where a store does not show its records, as by default; then nothing was handed over
     * @throws IOException what the visitor threw, unchanged
     */
    default boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        return false;
    }

    /**
     * A way to ask the store for single records.
     *
     * @return {@code null}, as by default, where {@link #visit} is as good a way
     */
    default Lookup lookup() {
        return null;
    }

    /**
     * Writes what is in scope as it lies there, without understanding it: the way back to a state that {@link #export}
     * refuses because it is broken. The engine archives it in the form {@link #RAW}, which {@link StorageRestorer#read}
     * takes as opaque and {@link RestoreSession#restore} puts back byte for byte.
     *
     * @return an opaque summary; its warnings name all that could not be saved
     * @throws BackupException {@code INCOMPATIBLE} where a store has no such form, as by default
     */
    default StoreSummary exportRaw(EntrySink sink, Progress progress) throws IOException {
        throw new BackupException(
                BackupException.Kind.INCOMPATIBLE,
                info().product() + " cannot be saved in the state in which it is",
                "Bring it into a state that can be backed up, or restore with --no-safety-backup, without a way back");
    }

    /**
     * Makes a call that is under way in another thread return soon with an exception. May be called more than once, and
     * after {@link #close}, when nothing happens.
     */
    void abort();

    /** Frees what the session holds. May be called more than once. */
    @Override
    void close();
}
