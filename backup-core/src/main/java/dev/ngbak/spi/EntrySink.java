package dev.ngbak.spi;

import java.io.IOException;
import java.io.OutputStream;

/** Receives the files of one store. Counts, hashes and compresses their bytes as they are written. */
public interface EntrySink {

    /**
     * Adds one file to the store's folder in the archive.
     *
     * @param name the original name of the content, such as a namespace or a collection: any text. The manifest keeps
     *     it, and the file name is derived from it
     * @param suffix the end of the file name, such as {@code .json}: letters, digits, {@code .}, {@code _} and
     *     {@code -}
     * @param contents called once, in the calling thread, before this method returns
     * @throws IOException an exception of the contents, or a failure to write the archive
     */
    void put(String name, String suffix, Contents contents) throws IOException;

    /** Writes one file's bytes. */
    @FunctionalInterface
    interface Contents {

        /** Writes to the stream, which is valid only until this method returns. The sink closes it. */
        void writeTo(OutputStream out) throws IOException;
    }
}
