package dev.ngbak.redis;

import java.io.IOException;

/** Reports that a string in an archive is longer than its position allows. */
final class ValueTooLargeException extends IOException {

    private static final long serialVersionUID = 1;

    private final long bytes;

    ValueTooLargeException(long bytes) {
        super("contains a string of " + bytes + " bytes where only a shorter one is valid");
        this.bytes = bytes;
    }

    /** Returns the length of the string. */
    long bytes() {
        return bytes;
    }
}
