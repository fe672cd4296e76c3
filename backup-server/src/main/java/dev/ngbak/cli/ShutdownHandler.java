package dev.ngbak.cli;

import dev.ngbak.engine.Job;
import dev.ngbak.spi.BackupException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * Handles SIGINT (Ctrl-C), SIGTERM and SIGHUP. A command that has not started any work ends immediately with exit code 130. A
 * running job is cancelled, which rolls back a restore, or runs to its end if it can no longer be cancelled; the process then
 * exits with the job's own code. Further signals have no effect. After kill -9, the next command recovers.
 *
 * <p>The class handles signals itself instead of using a shutdown hook: once a signal has started the shutdown, the virtual
 * machine exits with the signal's code, whatever the result of the work.
 */
final class ShutdownHandler {

    static final int INTERRUPTED = ExitCode.of(BackupException.Kind.CANCELLED);

    /** The limit for a job that writes: longer than any session of a store may take to return. */
    private static final long MAX_WAIT_SECONDS = 60;

    /** The limit for a job that only reads, which can be ended at any moment. */
    private static final long MAX_WAIT_SECONDS_READING = 5;

    private static final long MAX_PRINT_MILLIS = 1_000;

    private final CountDownLatch ended = new CountDownLatch(1);
    // These fields change together. The lock is not held while printing, because a full pipe blocks that for ever.
    private boolean interrupted;
    private boolean working;
    private boolean readOnly;
    private Job job;
    private Runnable stop;
    private CompletableFuture<String> answer;

    /** Takes over the signals of this process. */
    void install(Terminal terminal) {
        for (String name : new String[] {"INT", "TERM", "HUP"}) {
            try {
                Signal.handle(new Signal(name), signal -> onSignal(terminal));
            } catch (IllegalArgumentException e) {
                continue; // the system has no such signal, or -Xrs reserves it
            }
        }
    }

    /** Prevents a signal from ending the process directly, because the command now has something to clean up. */
    synchronized void workStarted() {
        working = true;
    }

    /** Makes a signal call {@code newStop}, which must make the command end. */
    void stopWith(Runnable newStop) {
        boolean now;
        synchronized (this) {
            working = true;
            stop = newStop;
            now = interrupted;
        }
        if (now) {
            newStop.run();
        }
    }

    /**
     * Makes a signal cancel the job.
     *
     * @param newReadOnly whether the process may be ended while the job runs
     */
    void jobStarted(Job newJob, boolean newReadOnly) {
        boolean now;
        synchronized (this) {
            working = true;
            readOnly = newReadOnly;
            job = newJob;
            now = interrupted;
        }
        if (now) {
            newJob.cancel();
        }
    }

    synchronized void jobEnded() {
        job = null;
    }

    /** Makes a signal cancel the answer to a question. */
    synchronized void questionAsked(CompletableFuture<String> newAnswer) {
        answer = newAnswer;
        if (interrupted) {
            newAnswer.cancel(false);
        }
    }

    /** Records that the command has ended and the process is about to exit. */
    void commandEnded() {
        ended.countDown();
    }

    void onSignal(Terminal terminal) {
        Job running;
        Runnable stopping;
        CompletableFuture<String> asked;
        boolean idle;
        synchronized (this) {
            if (interrupted) {
                return;
            }
            interrupted = true;
            running = job;
            stopping = stop;
            asked = answer;
            idle = !working;
        }
        if (idle) {
            haltUnlessEnded(terminal);
        } else if (stopping != null) {
            stopping.run();
        } else if (running != null) {
            boolean cancelled = running.cancel();
            printWithTimeout(() -> terminal.reportInterrupt(cancelled));
            if (asked != null) {
                asked.cancel(false);
            }
            if (cancelled) {
                awaitEnd(terminal, running);
            }
        }
        // Otherwise the next job will be cancelled as soon as it starts, or the command is about to end.
    }

    private void awaitEnd(Terminal terminal, Job running) {
        long seconds = isReadOnly() ? MAX_WAIT_SECONDS_READING : MAX_WAIT_SECONDS;
        try {
            boolean over = ended.await(seconds, TimeUnit.SECONDS);
            while (!over && !mayBeHalted(running)) {
                over = ended.await(1, TimeUnit.SECONDS);
            }
            haltUnlessEnded(terminal);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isReadOnly() {
        return readOnly;
    }

    private synchronized boolean mayBeHalted(Job running) {
        return readOnly || (job == running && !running.isReplacing());
    }

    private void haltUnlessEnded(Terminal terminal) {
        if (ended.getCount() > 0) {
            printWithTimeout(() -> terminal.fail(
                    new BackupException(BackupException.Kind.CANCELLED, "Interrupted. Nothing was changed", "")));
            Runtime.getRuntime().halt(INTERRUPTED);
        }
    }

    /** Prints, but does not wait long for a reader of the output. */
    private static void printWithTimeout(Runnable printing) {
        Thread thread = new Thread(printing, "ngbak-interrupted");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(MAX_PRINT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
