package dev.ngbak.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Decides whether a job may be cancelled, and aborts its blocked calls when it is cancelled. Thread-safe. */
final class Cancellation {

    private final List<Runnable> aborts = new ArrayList<>();
    private boolean allowed = true;
    private volatile boolean requested;
    private volatile boolean ignored;

    /**
     * Cancels the job.
     *
     * @return false if the job may not be cancelled now
     */
    boolean request() {
        List<Runnable> toAbort;
        synchronized (aborts) {
            if (!allowed) {
                return false;
            }
            requested = true;
            toAbort = List.copyOf(aborts);
        }
        toAbort.forEach(Runnable::run);
        return true;
    }

    boolean isRequested() {
        return requested;
    }

    /** Returns whether {@link #disallow} is in effect. */
    boolean isDisallowed() {
        return ignored;
    }

    /** Throws if the job was cancelled. */
    void check() {
        if (requested && !ignored) {
            throw new CancellationException("the job was cancelled");
        }
    }

    /** Refuses every later cancellation. Throws if the job was cancelled before. */
    void pointOfNoReturn() {
        synchronized (aborts) {
            check();
            allowed = false;
        }
    }

    /** Refuses every later cancellation and ignores an earlier one, because the job has to repair something. */
    void disallow() {
        synchronized (aborts) {
            allowed = false;
            ignored = true;
            aborts.clear();
        }
    }

    /** Ends {@link #disallow}. */
    void allow() {
        synchronized (aborts) {
            allowed = true;
            ignored = false;
        }
    }

    /** Registers an action that makes a blocked call return. It runs in the thread that cancels the job. */
    void onRequest(Runnable abort) {
        boolean now;
        synchronized (aborts) {
            aborts.add(abort);
            now = requested && !ignored;
        }
        if (now) {
            abort.run();
        }
    }
}
