package dev.ngbak.s3;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Cuts a stream into parts of equal size, as some services demand, and sends them on several threads. A part is a file until it
 * is sent, so that it can be sent again and takes no memory. For one thread.
 */
final class PartQueue {

    private static final int THREADS = 4;

    private static final long MIN_PART_BYTES = 8 << 20;

    /** S3 permits 10,000. The rest is for what the expected size leaves out. */
    private static final int EXPECTED_PARTS = 9_000;

    /**
     * A part that is ready to be sent.
     *
     * @param number from 1
     * @param md5 in Base64
     */
    record Part(int number, Path file, String md5) {}

    /** Sends a part and returns its name at the service. */
    interface Sender {
        String send(Part part);
    }

    private final Path directory;
    private final long partBytes;
    private final Sender sender;
    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS, DaemonThreads.named("ngbak-upload"));
    private final Deque<Future<CompletedPart>> pending = new ArrayDeque<>();
    private final List<CompletedPart> completed = new ArrayList<>();
    private final MessageDigest md5 = md5();
    private int count;
    private Path file;
    private FileChannel filling;
    private long room;

    /** @param directory for the parts */
    PartQueue(Path directory, long partBytes, Sender sender) {
        this.directory = directory;
        this.partBytes = partBytes;
        this.sender = sender;
    }

    /** Returns the size of parts for an archive of about this size: 5 TiB need parts of 583 MiB. */
    static long partBytes(long expectedBytes) {
        long mebibyte = 1 << 20;
        long needed = expectedBytes / EXPECTED_PARTS + 1;
        return Math.max(MIN_PART_BYTES, (needed + mebibyte - 1) / mebibyte * mebibyte);
    }

    /** Writes all bytes. Waits while enough parts are on their way. */
    int write(ByteBuffer bytes) throws IOException {
        int written = bytes.remaining();
        while (bytes.hasRemaining()) {
            if (filling == null) {
                begin();
            }
            ByteBuffer next = bytes.slice().limit((int) Math.min(bytes.remaining(), room));
            bytes.position(bytes.position() + next.remaining());
            room -= next.remaining();
            md5.update(next.duplicate());
            while (next.hasRemaining()) {
                filling.write(next);
            }
            if (room == 0) {
                submit();
            }
        }
        return written;
    }

    /** Sends the last part, and waits until all are there. */
    void finish() throws IOException {
        if (filling == null && count == 0) {
            begin(); // An upload has at least one part.
        }
        if (filling != null) {
            submit();
        }
        while (!pending.isEmpty()) {
            awaitOldest();
        }
    }

    /** Returns the parts that are there, in their order. */
    List<CompletedPart> completed() {
        return completed;
    }

    private void begin() throws IOException {
        while (pending.size() >= THREADS) {
            awaitOldest();
        }
        file = directory.resolve("part-" + ++count);
        filling = PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        room = partBytes;
    }

    private void submit() throws IOException {
        filling.close();
        filling = null;
        Part part = new Part(count, file, Base64.getEncoder().encodeToString(md5.digest()));
        pending.add(pool.submit(() -> {
            String etag = sender.send(part);
            Files.delete(part.file());
            return CompletedPart.builder().partNumber(part.number()).eTag(etag).build();
        }));
    }

    private void awaitOldest() throws IOException {
        try {
            completed.add(pending.remove().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while uploading");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IOException("a part could not be sent", e.getCause());
        }
    }

    /** Stops sending, and returns when no thread sends any more. */
    void close() throws IOException {
        pool.shutdownNow();
        try {
            while (!pool.awaitTermination(1, TimeUnit.MINUTES)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (filling != null) {
            filling.close();
        }
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
