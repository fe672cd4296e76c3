package dev.ngbak.spi;

import java.io.IOException;
import java.io.InputStream;

/** The files of one archived store, in the order of the archive. */
public interface EntrySource {

    /** Returns the archive's description of the original store: product, version, form and scope. */
    StoreInfo archived();

    /**
     * Passes each file to the visitor once, in the calling thread. After each visit, checks that the size and the
     * digest of the file match the manifest, even if the visitor did not read all of it. A file is proved undamaged
     * only when the visitor is called for the next one, or when this method returns. Until then, do nothing with its
     * content that cannot be undone.
     *
     * @throws IOException an exception of the visitor
     * @throws BackupException {@code CORRUPT} if a file does not match the manifest
     */
    void forEach(Visitor visitor) throws IOException;

    /** Receives one file. */
    @FunctionalInterface
    interface Visitor {

        /** Reads the file from the stream, which is valid only until this method returns. */
        void visit(Entry entry, InputStream content) throws IOException;
    }

    /**
     * One file.
     *
     * @param name the original name that the exporter gave it
     * @param path its path in the archive
     * @param size in bytes
     * @param sha256 the SHA-256 in the manifest, 64 lower-case hexadecimal digits. {@link #forEach} checks it after the
     *     visit, so a visitor need not hash the file again
     */
    record Entry(String name, String path, long size, String sha256) {}
}
