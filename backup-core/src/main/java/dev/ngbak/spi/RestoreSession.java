package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;

/**
 * A store open for being replaced. One thread uses it; only {@link #abort} may come from another thread. Whoever opened
 * it closes it.
 */
public interface RestoreSession extends AutoCloseable {

    /** What the store is and what of it would be replaced. */
    StoreInfo info();

    /**
     * All that would keep {@link #restore} from success, not thrown but handed over, so that everything can be said at
     * once; empty when nothing would. Writes nothing.
     *
     * @param archived what the archive says of the store it came from
     * @param bytes how many bytes of files the archive holds for this store
     */
    List<BackupException> problems(StoreInfo archived, long bytes) throws IOException;

    /**
     * Does the same for a store where each record costs room of its own, beside its bytes. This is what the engine asks.
     *
     * @param records how many records the archive holds for this store, or -1 when it is not known
     */
    default List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        return problems(archived, bytes);
    }

    /**
     * Tells what a person should know before {@link #restore}, though it would succeed. Writes nothing.
     *
     * @param records as in {@link #problems(StoreInfo, long, long)}
     * @param bytes likewise
     * @return whole sentences
     */
    default List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        return List.of();
    }

    /**
     * Makes the scope equal to the archive: what is there is replaced, what the archive does not have is removed, what is
     * out of scope is left alone. May be run again after it was cut off at any point. The source is read to its end
     * before this returns.
     *
     * @return what was written, as far as it is known on the way; reading it back from the store is for the proof, which
     *     asks for that afterwards
     * @throws IOException what the source threw, unchanged
     */
    StoreSummary restore(EntrySource source, Progress progress) throws IOException;

    /**
     * Reads back from the store what {@link #restore} of this session wrote, for a store whose records pass away by
     * themselves, as keys do that expire: what has done so since the backup counts as if it were still there. So the
     * summary is that of the archive if, and only if, all else is there and nothing more.
     *
     * @return {@code null} for a store whose records stay; then an {@link ExportSession} tells
     */
    default StoreSummary readBack(Progress progress) throws IOException {
        return null;
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
