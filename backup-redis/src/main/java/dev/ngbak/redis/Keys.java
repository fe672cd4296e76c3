package dev.ngbak.redis;

import java.io.IOException;

/** Keys with their values, one after the other, sorted as in a {@link KeyTable}. */
interface Keys {

    /** Moves to the next key. Returns false at the end. */
    boolean next() throws IOException;

    /** Returns the key without the prefix. */
    byte[] suffix();

    KeyValue value();
}
