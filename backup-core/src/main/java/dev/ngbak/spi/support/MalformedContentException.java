package dev.ngbak.spi.support;

import java.io.IOException;

/**
 * Reports content that does not match its form. The message is a predicate whose subject is the file or record: "is not
 * valid JSON at byte 17". The exception has no stack trace, because a decoder may throw it for every record.
 */
public final class MalformedContentException extends IOException {

    private static final long serialVersionUID = 1;

    public MalformedContentException(String predicate) {
        super(predicate);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
