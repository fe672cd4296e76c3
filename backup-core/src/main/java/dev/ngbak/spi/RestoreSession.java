package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;

/**
 * A store open for a restore. One thread uses it at a time; only {@link #abort} may come from another thread. The
 * caller that opens it closes it.
 */
public interface RestoreSession extends AutoCloseable {

    /** Returns a description of the store and of the part that a restore replaces. */
    StoreInfo info();

    /**
     * Returns everything that would make {@link #restore} fail, so that a user sees all problems at once. Writes
     * nothing.
     *
     * @param archived the archive's description of the original store
     * @param bytes the size of the archive's files for this store
     */
    List<BackupException> problems(StoreInfo archived, long bytes) throws IOException;

    /**
     * Returns the same problems as {@link #problems(StoreInfo, long)}, for a store in which each record takes space in
     * addition to its bytes. The preflight of a restore calls this method.
     *
     * @param records the number of records in the archive for this store, or -1 if it is not known
     */
    default List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        return problems(archived, bytes);
    }

    /**
     * Returns warnings about a {@link #restore} that would succeed. Writes nothing.
     *
     * @param records as in {@link #problems(StoreInfo, long, long)}
     * @param bytes as in {@link #problems(StoreInfo, long, long)}
     * @return whole sentences
     */
    default List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        return List.of();
    }

    /**
     * Makes the scope equal to the archive: replaces records, removes those that the archive does not contain, and
     * leaves everything out of scope alone. May be run again after an interruption at any point. Reads the source to
     * its end before it returns.
     *
     * @param records receives the records as they are written, as far as the plugin decodes them
     * @throws IOException any exception of the source, unchanged
     */
    void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException;

    /**
     * Reads back what {@link #restore} of this session wrote, for a store whose records expire by themselves. A record
     * that has expired since the backup counts as if it were still there. The records are therefore equal to those of
     * the archive if and only if nothing else is missing and nothing was added.
     *
     * @return false for a store whose records do not expire: no records were handed over, and the engine reads the
     *     store with an {@link ExportSession}
     */
    default boolean readBack(RecordHandler records, Progress progress) throws IOException {
        return false;
    }

    /**
     * Removes everything in scope, and everything else that {@link #restore} of this or an earlier session created, also after
     * an interruption at any point. Leaves everything out of scope alone. Restore drills call it for their scratch stores,
     * first while these are still empty.
     *
     * @throws BackupException {@code INCOMPATIBLE}, as always by default, if the plugin cannot do that; it has written nothing
     *     then
     */
    default void clear() throws IOException {
        throw new BackupException(
                BackupException.Kind.INCOMPATIBLE,
                "The plugin for this store cannot remove what a drill writes to it",
                "Restore the archive by hand into a store that you can delete");
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
