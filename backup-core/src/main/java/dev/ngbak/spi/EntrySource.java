package dev.ngbak.spi;

import java.io.IOException;
import java.io.InputStream;

/** The files of one archived store, in the order of the archive. */
public interface EntrySource {

    /** What the archive says of the store it came from: product, version, form, scope. */
    StoreInfo archived();

    /**
     * Hands over each file once, in the calling thread. After each, the archive checks that the file had the size and the
     * digest that the manifest says, also where the visitor left some of it unread.
     *
     * @throws IOException what the visitor threw
     * @throws BackupException {@code CORRUPT} when a file is not what the manifest says. So do nothing that cannot be
     *     undone with a file before this method, or the visitor's next call, says that it was whole
     */
    void forEach(Visitor visitor) throws IOException;

    /** Receives one file. */
    @FunctionalInterface
    interface Visitor {

        /** Reads the file from the stream, which is good only until this returns. */
        void visit(Entry entry, InputStream content) throws IOException;
    }

    /**
     * One file.
     *
     * @param name the true name that the exporter gave it
     * @param path its path in the archive
     * @param size its length in bytes
     * @param sha256 what the manifest says of it, 64 lower-case hexadecimal digits; that the file is so is checked after the visit,
     *     as {@link #forEach} says, so that a visitor need not hash it again
     */
    record Entry(String name, String path, long size, String sha256) {}
}
