package dev.ngbak.spi;

import java.io.IOException;
import java.io.OutputStream;

/** Takes the files of one store. What is put here is counted, hashed and compressed as it passes. */
public interface EntrySink {

    /**
     * Adds one file to the store's folder in the archive.
     *
     * @param name the true name of what the file holds (a namespace, a collection), any text: it is kept in the manifest,
     *     and made safe for the file's own name
     * @param suffix how the file's name ends, such as {@code .json}; letters, digits, {@code .}, {@code _} and {@code -}
     * @param contents called once, before this returns, in the same thread
     * @throws IOException from the contents, or because the archive cannot be written
     */
    void put(String name, String suffix, Contents contents) throws IOException;

    /** Writes one file's bytes. */
    @FunctionalInterface
    interface Contents {

        /** Writes to the stream, which is good only until this returns and is closed by the sink. */
        void writeTo(OutputStream out) throws IOException;
    }
}
