package dev.ngbak.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.WritableByteChannel;

/** One packed entry, from its first byte until it is part of an archive. For one thread at a time. */
public abstract class StagedEntry extends OutputStream {

    /** Returns the number of bytes written. */
    public abstract long size();

    /** Appends the closed entry to its archive, and frees the space that it takes. */
    public abstract void moveTo(WritableByteChannel archive) throws IOException;

    /** Frees the space that the entry takes. Closes it if necessary. */
    public abstract void delete() throws IOException;
}
