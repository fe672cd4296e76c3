package dev.ngbak.s3;

import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** Sends the parts of one upload on several threads. Thread-safe. */
final class PartSender {

    static final int THREADS = 4;

    private static final int STOP_SECONDS = 5;

    /** Sends a part, and returns its name at the service. */
    interface Request {
        String send(int number, PartFile part) throws IOException;
    }

    private final Request request;
    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS, DaemonThreads.named("ngbak-upload"));

    PartSender(Request request) {
        this.request = request;
    }

    Lane newLane() {
        return new Lane();
    }

    /** A sequence of parts that are on their way. For one thread. */
    final class Lane {
        private final Deque<Future<CompletedPart>> pending = new ArrayDeque<>();
        private final List<CompletedPart> sent = new ArrayList<>();
        private volatile boolean cancelled;

        /** Sends a part, and deletes its file. Waits first if enough parts of this lane are on their way. */
        void send(int number, PartFile part) throws IOException {
            part.close();
            // Large parts would take much disk space if as many of them waited.
            long most = Math.max(1, THREADS * PartNumbers.FIRST_PART_BYTES / Math.max(1, part.size()));
            while (pending.size() >= Math.min(THREADS, most)) {
                awaitOldest();
            }
            pending.add(pool.submit(() -> {
                if (cancelled) {
                    throw new CancellationException("the entry was dropped");
                }
                String etag = request.send(number, part);
                part.delete();
                return CompletedPart.builder().partNumber(number).eTag(etag).build();
            }));
        }

        /** Waits until all parts have arrived, and returns them in the order in which they were sent. */
        List<CompletedPart> finish() throws IOException {
            while (!pending.isEmpty()) {
                awaitOldest();
            }
            return sent;
        }

        /** Sends no more parts. Returns when no request is under way. */
        void cancel() {
            cancelled = true;
            for (Future<CompletedPart> part : pending) {
                try {
                    part.get();
                } catch (ExecutionException e) {
                    continue; // It does not matter any more whether the part has arrived.
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            pending.clear();
            sent.clear();
        }

        private void awaitOldest() throws IOException {
            try {
                sent.add(pending.remove().get());
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
    }

    /**
     * Stops sending. A request in progress ends soon, unless the service does not answer.
     *
     * @return whether no request is under way any more
     */
    boolean close() {
        pool.shutdownNow();
        try {
            return pool.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
