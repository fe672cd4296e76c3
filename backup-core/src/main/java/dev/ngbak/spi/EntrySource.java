package dev.ngbak.spi;

import java.io.IOException;
import java.io.InputStream;

/** Supplies the files of one archived store, in the order of the archive. */
public interface EntrySource {

    /** Returns what the archive says about the store that it came from: product, version, form and scope. */
    StoreInfo archived();

    /**
     * Hands over each file once, in the calling thread. After each file, checks that it has the size and the digest in the
     * manifest, even if the visitor did not read it to its end.
     *
     * @throws IOException what the visitor threw
     * @throws BackupException {@code CORRUPT} if a file does not match the manifest. Therefore do nothing irreversible with a
     *     file until this method returns or calls the visitor again
     */
    void forEach(Visitor visitor) throws IOException;

    /** Receives one file. */
    @FunctionalInterface
    interface Visitor {

        /** Reads the file from the stream, which is valid until this returns. */
        void visit(Entry entry, InputStream content) throws IOException;
    }

    /**
     * One file.
     *
     * @param name the name that the exporter gave it
     * @param path its path in the archive
     * @param size in bytes
     * @param sha256 its digest in the manifest, 64 lower-case hexadecimal digits. It is checked after the visit, so a visitor
     *     need not hash the file again
     */
    record Entry(String name, String path, long size, String sha256) {}
}
