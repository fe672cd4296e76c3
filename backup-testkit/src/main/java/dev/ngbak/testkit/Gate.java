package dev.ngbak.testkit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Blocks a thread until another thread opens the gate. */
public final class Gate {

    private static final long TIMEOUT_SECONDS = 90;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /** Waits until the gate is open. */
    public void pass() {
        reached.countDown();
        await(open, "the gate was not opened");
    }

    /** Waits until a thread has reached the gate. */
    public void awaitArrival() {
        await(reached, "no thread reached the gate");
    }

    /** Opens the gate for good. */
    public void open() {
        open.countDown();
    }

    private static void await(CountDownLatch latch, String otherwise) {
        try {
            if (!latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(otherwise);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted at the gate", e);
        }
    }
}
