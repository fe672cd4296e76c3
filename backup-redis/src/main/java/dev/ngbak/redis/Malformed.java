package dev.ngbak.redis;

import java.io.IOException;

/** Content that is not what its form says. Without a stack trace, since for most values it is an answer, not a failure. */
final class Malformed extends IOException {

    private static final long serialVersionUID = 1;

    Malformed(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
