package dev.ngbak.testkit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds a thread at a place until another lets it go. */
public final class Gate {

    private static final long PATIENCE_SECONDS = 90;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /** Waits here until the gate is open, and says to others that it does. */
    public void pass() {
        reached.countDown();
        await(open, "nobody opened the gate");
    }

    /** Waits until a thread stands before the gate. */
    public void awaitArrival() {
        await(reached, "nobody came to the gate");
    }

    /** Lets all through, now and later. */
    public void open() {
        open.countDown();
    }

    private static void await(CountDownLatch latch, String otherwise) {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(otherwise);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted at the gate", e);
        }
    }
}
