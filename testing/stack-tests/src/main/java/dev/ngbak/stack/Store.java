package dev.ngbak.stack;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One of the three stores, accessed with the store's own driver and without the product's code. The scope is the one that
 * ngbak uses by default, when no setting changes it.
 */
public interface Store extends AutoCloseable {

    /**
     * Writes the records of a data set that belong in this store, which should be empty.
     *
     * @param now the time, in milliseconds since the epoch, that expiry times are relative to
     */
    void fill(Dataset data, long now);

    /** Writes data that is out of scope. */
    void fillForeign();

    /** Deletes all data in scope and its schema, and nothing else. */
    void wipeScope();

    /** Deletes everything, in and out of scope. */
    void wipeAll();

    /** Returns a fingerprint of the data in scope. Equal data has equal fingerprints. */
    String fingerprint();

    /** Returns a fingerprint of the data out of scope. */
    String foreignFingerprint();

    /**
     * Reads all data in scope in the simplest way that the store offers, and discards it. It is the baseline for a backup.
     *
     * @return the approximate number of content bytes
     */
    long read();

    /**
     * Reads all data in scope, deletes it, and writes it back as fast as the store allows, without any check. It is the
     * baseline for a restore.
     *
     * @param scratch a folder for data that does not fit into memory
     * @return the time of the writes, in nanoseconds
     */
    long rewrite(Path scratch) throws IOException;

    /** Closes the connection to the store. */
    @Override
    void close();
}
