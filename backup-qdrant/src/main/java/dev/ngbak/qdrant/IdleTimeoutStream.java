package dev.ngbak.qdrant;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Future;

/** The body of an answer. Each read fails after the idle timeout and when the session is aborted. */
final class IdleTimeoutStream extends FilterInputStream {

    private final QdrantHttp http;
    private volatile boolean timedOut;

    IdleTimeoutStream(InputStream body, QdrantHttp http) {
        super(body);
        this.http = http;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        http.checkAborted();
        Future<?> alarm = http.afterIdleTimeout(() -> {
            timedOut = true;
            disconnect();
        });
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw http.connectionLost(
                    new BrokenConnectionException(timedOut ? "no answer in time" : "the connection broke", e));
        } finally {
            alarm.cancel(false);
        }
    }

    /** Ends a read in another thread. */
    void disconnect() {
        try {
            in.close();
        } catch (IOException e) {
            // The answer is no longer used.
        }
    }

    @Override
    public void close() {
        http.release(this);
        disconnect();
    }
}
