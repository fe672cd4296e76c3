package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.engine.Job;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Tests that stalled reads are stopped, and that reads run in order. */
class ArchiveReadQueueTest {

    /** Waits for a byte that never arrives, like a decoder that finds nothing to decode. */
    private static Void hang() {
        try {
            Pipe pipe = Pipe.open();
            try (Pipe.SinkChannel sink = pipe.sink();
                    Pipe.SourceChannel source = pipe.source()) {
                source.read(ByteBuffer.allocate(1));
            }
        } catch (IOException e) {
            throw new BackupException(Kind.CANCELLED, "Cancelled", "", e);
        }
        throw new AssertionError("a byte arrived");
    }

    private static void assertRefused(Throwable failure) {
        assertThat(failure).isInstanceOfSatisfying(ProblemException.class, problem -> {
            assertThat(problem.status()).isEqualTo(422);
            assertThat(problem.getMessage()).contains("no progress");
        });
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void stalledReadIsStoppedAndTheNextOneRuns() {
        try (ArchiveReadQueue queue = new ArchiveReadQueue(1, Duration.ofMillis(200))) {
            List<Job> jobs = new ArrayList<>();
            assertThatThrownBy(() -> queue.readAll(job -> {
                        jobs.add(job);
                        return hang();
                    }))
                    .satisfies(ArchiveReadQueueTest::assertRefused);
            assertThat(jobs.get(0).isCancelled()).isTrue();

            assertThat(queue.<String>readAll(job -> "checked")).isEqualTo("checked");
        }
    }

    @Test
    void slowManifestReadIsStopped() {
        try (ArchiveReadQueue queue = new ArchiveReadQueue(1, Duration.ofMillis(200))) {
            assertThatThrownBy(() -> queue.readManifest(0, ArchiveReadQueueTest::hang))
                    .satisfies(ArchiveReadQueueTest::assertRefused);
            assertThat(queue.<String>readManifest(0, () -> "seen")).isEqualTo("seen");
        }
    }

    @Test
    void failureOfTheReaderIsPassedOn() {
        try (ArchiveReadQueue queue = new ArchiveReadQueue(1, Duration.ofMinutes(1))) {
            BackupException damaged = new BackupException(Kind.CORRUPT, "It is damaged", "");
            assertThatThrownBy(() -> queue.readAll(job -> {
                        throw damaged;
                    }))
                    .isSameAs(damaged);
        }
    }

    @Test
    void readsRunInTheOrderOfTheRequests() throws Exception {
        try (ArchiveReadQueue queue = new ArchiveReadQueue(1, Duration.ofMinutes(1))) {
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch go = new CountDownLatch(1);
            CountDownLatch begun = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int number = i;
                Thread thread = new Thread(() -> queue.readAll(job -> {
                    begun.countDown();
                    await(go);
                    return order.add(number);
                }));
                thread.start();
                threads.add(thread);
                if (number == 0) {
                    begun.await();
                } else {
                    while (thread.getState() != Thread.State.TIMED_WAITING) {
                        Thread.onSpinWait();
                    }
                }
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void maxConcurrentDependsOnMemoryAndProcessors() {
        assertThat(ArchiveReadQueue.maxConcurrent(64L << 20, 64)).isEqualTo(1);
        assertThat(ArchiveReadQueue.maxConcurrent(256L << 20, 64)).isEqualTo(1);
        assertThat(ArchiveReadQueue.maxConcurrent(512L << 20, 64)).isEqualTo(2);
        assertThat(ArchiveReadQueue.maxConcurrent(64L << 30, 1)).isEqualTo(2);
        assertThat(ArchiveReadQueue.maxConcurrent(64L << 30, 16)).isEqualTo(8);
    }
}
