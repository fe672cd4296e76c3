package dev.ngbak.spi;

import java.io.IOException;
import java.io.OutputStream;

/** Receives the files of one store. Counts, hashes and compresses them as they pass. */
public interface EntrySink {

    /**
     * Adds one file to the store's folder in the archive.
     *
     * @param name the name of the content, such as a namespace or a collection: any text. The manifest keeps it; the path of
     *     the file contains a safe form of it
     * @param suffix of the file name, such as {@code .json}; letters, digits, {@code .}, {@code _} and {@code -}
     * @param contents called once, before this returns, in the same thread
     * @throws IOException from the contents, or if the archive cannot be written
     */
    void put(String name, String suffix, Contents contents) throws IOException;

    /** Writes the bytes of one file. */
    @FunctionalInterface
    interface Contents {

        /** Writes to the stream, which is valid until this returns. The sink closes it. */
        void writeTo(OutputStream out) throws IOException;
    }
}
