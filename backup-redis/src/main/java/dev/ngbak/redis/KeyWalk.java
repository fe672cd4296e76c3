package dev.ngbak.redis;

import java.io.IOException;

/** A walk over keys and their values, from a server or from an archive. */
interface KeyWalk {

    /** Moves to the next key. Returns false at the end. */
    boolean next() throws IOException;

    /** Returns the key without the prefix. */
    byte[] suffix();

    /** Returns the value, or {@code null} if it is not known. */
    KeyValue value();
}
