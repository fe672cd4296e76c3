package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A multipart upload whose last bytes are held back, so that the server does nothing with the file before the archive
 * has said that it is whole. Nothing but a few blocks is in memory.
 */
final class HeldUpload implements AutoCloseable {

    private static final int BLOCK = 1 << 18;
    private static final byte[] END = {};

    private final Rest rest;
    private final ArrayBlockingQueue<byte[]> blocks = new ArrayBlockingQueue<>(8);
    private final byte[] footer;
    private final CompletableFuture<HttpResponse<String>> call;
    private volatile boolean broken;

    /**
     * Begins an upload of one file.
     *
     * @param file the name under which the server keeps it
     * @param size its length, which is told beforehand
     */
    HeldUpload(Rest rest, String path, String file, long size) {
        this.rest = rest;
        String boundary = "ngbak-" + java.util.UUID.randomUUID();
        byte[] header = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"" + file
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        this.footer = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
        blocks.add(header);
        this.call = rest.upload(
                path,
                "multipart/form-data; boundary=" + boundary,
                BodyPublishers.fromPublisher(
                        BodyPublishers.ofInputStream(Blocks::new), header.length + size + footer.length));
    }

    /** Sends the file's bytes; all but the end of the message. */
    void send(InputStream content, long size, Steps steps) throws IOException {
        long left = size;
        while (left > 0) {
            byte[] block = new byte[(int) Math.min(BLOCK, left)];
            if (content.readNBytes(block, 0, block.length) < block.length) {
                throw new BackupException(
                        Kind.CORRUPT,
                        "A snapshot in the archive is shorter than the archive says",
                        "Use another archive");
            }
            left -= block.length;
            put(block);
            steps.bytes(block.length);
        }
    }

    /** Sends the end and waits until the server has done its work. */
    Rest.Reply finish() throws Rest.Broken {
        put(footer);
        put(END);
        return rest.awaitWork(call);
    }

    private void put(byte[] block) {
        long deadline = System.nanoTime() + rest.patience().answer().toNanos();
        try {
            while (!blocks.offer(block, 100, TimeUnit.MILLISECONDS)) {
                rest.checkAborted();
                if (call.isDone()) {
                    return; // The server did not want the rest; its answer says why.
                }
                if (System.nanoTime() > deadline) {
                    throw rest.broken(new Rest.Broken("the server takes no more of the snapshot", null));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("interrupted while sending a snapshot");
        }
    }

    @Override
    public void close() {
        broken = true;
        call.cancel(true);
        blocks.clear();
        blocks.offer(END);
    }

    /** What was put into the queue, as a stream. */
    private final class Blocks extends InputStream {
        private byte[] block = {};
        private int place;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (ended || length == 0) {
                return ended ? -1 : 0;
            }
            while (place == block.length) {
                try {
                    block = blocks.take();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
                place = 0;
                if (broken) {
                    throw new IOException("the upload was given up");
                }
                if (block == END) {
                    ended = true;
                    return -1;
                }
            }
            int n = Math.min(length, block.length - place);
            System.arraycopy(block, place, bytes, offset, n);
            place += n;
            return n;
        }
    }
}
