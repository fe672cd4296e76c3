package dev.ngbak.redis;

import java.io.IOException;

/** Reports a DUMP whose encoding this program does not know, or that is malformed. */
final class UndecodableDumpException extends IOException {

    private static final long serialVersionUID = 1;

    UndecodableDumpException(String message) {
        super(message);
    }
}
