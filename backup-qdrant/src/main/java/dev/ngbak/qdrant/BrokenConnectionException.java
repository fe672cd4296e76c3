package dev.ngbak.qdrant;

import java.io.IOException;

/** Reports that a connection broke or was idle for too long, so the outcome of the call is unknown. */
final class BrokenConnectionException extends IOException {

    private static final long serialVersionUID = 1;

    BrokenConnectionException(String message, Throwable cause) {
        super(message, cause);
    }
}
