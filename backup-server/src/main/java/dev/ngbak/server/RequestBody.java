package dev.ngbak.server;

import io.javalin.http.Context;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * The body of a request. Reading it fails with a {@link ProblemException} as the cause if it arrives too slowly, or if its
 * observer refuses it. The server closes it with the request.
 */
final class RequestBody extends FilterInputStream {

    private final MinimumRate rate = new MinimumRate();
    private final LongConsumer observer;
    private long received;
    private IOException failure;

    /** @param observer called with the number of bytes received so far */
    RequestBody(Context ctx, LongConsumer observer) {
        super(ctx.bodyInputStream());
        this.observer = observer;
    }

    RequestBody(Context ctx) {
        this(ctx, received -> {});
    }

    /** Returns the number of bytes received so far. */
    long received() {
        return received;
    }

    /** Throws the exception with which reading failed, if it did. */
    void throwFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n;
        try {
            n = in.read(buffer, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        if (n > 0) {
            received += n;
            try {
                rate.transferred(n);
                observer.accept(received);
            } catch (ProblemException e) {
                throw new IOException(e); // every reader of a stream expects this type
            }
        }
        return n;
    }
}
