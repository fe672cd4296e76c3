package dev.ngbak.redis;

import java.io.IOException;

/** Tells that a text in an archive is longer than it may be, and how long it is. */
final class TooLarge extends IOException {

    private static final long serialVersionUID = 1;

    private final long bytes;

    TooLarge(long bytes) {
        super("it has a text of " + bytes + " bytes where none so long belongs");
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }
}
