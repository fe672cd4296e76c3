package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;

/**
 * A store open for being replaced. One thread uses it at a time; only {@link #abort} may come from another thread. Its
 * opener closes it.
 */
public interface RestoreSession extends AutoCloseable {

    /** Returns what the store is and which part of it a restore replaces. */
    StoreInfo info();

    /**
     * Returns everything that would make {@link #restore} fail, so that a user sees all problems at once. Writes nothing.
     *
     * @param archived what the archive says about the store that it came from
     * @param bytes the size of the archive's files for this store
     */
    List<BackupException> problems(StoreInfo archived, long bytes) throws IOException;

    /**
     * Returns the same for a store in which each record takes space in addition to its bytes. The engine calls this method.
     *
     * @param records the number of records in the archive for this store, or -1 if it is not known
     */
    default List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        return problems(archived, bytes);
    }

    /**
     * Returns what a user should know before {@link #restore}, although it would succeed. Writes nothing.
     *
     * @param records as in {@link #problems(StoreInfo, long, long)}
     * @param bytes as in {@link #problems(StoreInfo, long, long)}
     * @return whole sentences
     */
    default List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        return List.of();
    }

    /**
     * Makes the scope equal to the archive: replaces records, removes those that the archive does not contain, and leaves
     * everything out of scope alone. May be run again after an interruption at any point. Reads the source to its end before
     * it returns.
     *
     * @param records receives the records as they are written, as far as the plugin decodes them
     * @throws IOException what the source threw, unchanged
     */
    void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException;

    /**
     * Reads back what {@link #restore} of this session wrote, for a store whose records expire by themselves. A record that
     * has expired since the backup counts as if it were still there. So the records are those of the archive if, and only
     * if, all others are there and nothing more.
     *
     * @return false for a store whose records do not expire; then nothing was handed over, and the engine reads the store
     *     with an {@link ExportSession}
     */
    default boolean readBack(RecordHandler records, Progress progress) throws IOException {
        return false;
    }

    /**
     * Makes a call that is running in another thread return soon with an exception. May be called more than once, and after
     * {@link #close}, when it does nothing.
     */
    void abort();

    /** Releases the session's resources. May be called more than once. */
    @Override
    void close();
}
