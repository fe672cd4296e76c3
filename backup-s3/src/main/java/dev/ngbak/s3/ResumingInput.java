package dev.ngbak.s3;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an archive from an offset to its end, and continues at the byte where a connection broke. The first request is small,
 * because a list reads only a manifest. Fails for good when the connection breaks too often without much progress.
 */
final class ResumingInput extends InputStream {

    static final int FIRST_BYTES = 64 << 10;

    /** The progress after which the connection may break as often as before. */
    private static final long PROGRESS_BYTES = 1 << 20;

    private final S3Archive archive;
    private final long size;
    private ResponseInputStream<GetObjectResponse> answer;
    /** The offset after the last byte of the present answer. */
    private long end;

    private long at;
    private boolean started;
    private int breaks;
    private long atLastBreak;
    private BackupException failure;

    ResumingInput(S3Archive archive, long offset) {
        this.archive = archive;
        this.size = archive.size();
        this.at = offset;
        this.end = offset;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        while (at < size) {
            if (failure != null) {
                throw failure;
            }
            try {
                if (answer == null) {
                    long to = started ? size : Math.min(size, at + FIRST_BYTES);
                    started = true;
                    answer = archive.open(at, to);
                    end = to;
                }
                int n = answer.read(bytes, offset, (int) Math.min(length, end - at));
                if (n < 0) {
                    throw new IOException("the connection was closed too early");
                }
                at += n;
                if (at == end) {
                    close();
                }
                return n;
            } catch (BackupException e) {
                failure = e;
            } catch (IOException | SdkException e) {
                close();
                resume(e);
            }
        }
        return -1;
    }

    /** Waits before the next request, longer after each break. */
    private void resume(Exception e) {
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            throw cancelled(e);
        }
        breaks = at - atLastBreak >= PROGRESS_BYTES ? 1 : breaks + 1;
        atLastBreak = at;
        if (breaks >= S3Connection.ATTEMPTS) {
            failure = new BackupException(
                    Kind.UNREACHABLE,
                    "Cannot " + archive.reading() + ": the connection to the service ("
                            + archive.connection().settings().service() + ") broke " + breaks + " times near byte " + at
                            + " (" + SafeText.forMessage(String.valueOf(e.getMessage())) + ")",
                    "Check the network, then try again",
                    e);
            return;
        }
        try {
            Thread.sleep(archive.connection().pause().toMillis() << breaks - 1);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw cancelled(interrupted);
        }
    }

    private static CancellationException cancelled(Exception cause) {
        CancellationException cancelled = new CancellationException("interrupted while reading an archive");
        cancelled.initCause(cause);
        return cancelled;
    }

    /** Drops the connection if there is more to receive, because that may be the whole archive. */
    @Override
    public void close() {
        if (answer != null && at < end) {
            answer.abort();
        }
        answer = null;
    }
}
