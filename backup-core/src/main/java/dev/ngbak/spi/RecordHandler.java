package dev.ngbak.spi;

import java.io.IOException;

/**
 * Receives the records of one store, live or archived, while a plugin reads them. The engine supplies the handler,
 * which counts, digests or shows the records, so a plugin contains no counter and no digest of its own.
 *
 * <p>Calls come one at a time, from the session's thread or from a thread that the session waits for.
 */
public interface RecordHandler {

    /** How much of each record the handler uses. A plugin may skip the work for the rest. */
    enum Detail {
        /** Only {@link StoredRecord#countedAs}. */
        COUNTS,
        /** {@link StoredRecord#countedAs} and {@link StoredRecord#digest}. */
        DIGESTS,
        /** {@link StoredRecord#show}. */
        CONTENT,
        /** All of the above. */
        DIGESTS_AND_CONTENT;

        /** Returns whether the handler uses {@link StoredRecord#digest}. */
        public boolean hasDigests() {
            return this == DIGESTS || this == DIGESTS_AND_CONTENT;
        }

        /** Returns whether the handler uses {@link StoredRecord#show}. */
        public boolean hasContent() {
            return this == CONTENT || this == DIGESTS_AND_CONTENT;
        }
    }

    Detail detail();

    /**
     * Takes one record. The handler does not keep it, so a plugin may use one object for all.
     *
     * @throws IOException an exception of a visitor; do not catch it
     */
    void add(StoredRecord record) throws IOException;

    /**
     * Adds to a count without a record: zero for an empty collection, or a number that the plugin derives, such as that of
     * communities.
     */
    void count(String name, long amount);

    /** Adds a warning for the user: a whole sentence. */
    void warn(String sentence);

    /**
     * Declares that the content digest of these records is not reproducible, so the summary must not contain it. The
     * summary still contains the counts.
     */
    void omitDigest();

    /**
     * Declares that the records handed over may differ from those of the store or file: the number of records is
     * unknown, and there is no digest. May be called before, between or after the records.
     *
     * @param known the counts that are certain nevertheless
     */
    void markOpaque(StoreCounts known);
}
