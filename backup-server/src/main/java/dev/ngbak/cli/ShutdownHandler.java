package dev.ngbak.cli;

import dev.ngbak.engine.Job;
import dev.ngbak.spi.BackupException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * Decides what Ctrl-C, SIGTERM and SIGHUP do. A command that has not begun any work ends at once with 130. Work in progress
 * is cancelled, which rolls a restore back, or goes on to its end where it is too late for that; the process then ends with
 * the work's own exit code. A further signal changes nothing; kill -9 is settled by the next run.
 *
 * <p>The signals are handled here and not by a shutdown hook, since once a signal has started the shutdown, the virtual
 * machine ends with the signal's code even though the work has ended with another.
 */
final class ShutdownHandler {

    static final int CODE = ExitCode.of(BackupException.Kind.CANCELLED);

    /** Longer than any session may take to come back. */
    private static final long PATIENCE_SECONDS = 60;

    /** What only reads leaves nothing half done. */
    private static final long PATIENCE_OF_READERS_SECONDS = 5;

    private final CountDownLatch ended = new CountDownLatch(1);
    // These change together; no lock is held while anything is printed, since a full pipe blocks that for ever.
    private boolean interrupted;
    private boolean begun;
    private boolean reading;
    private Job job;
    private Runnable stop;
    private CompletableFuture<String> answer;

    /** Takes over the signals of this process. */
    void install(Terminal terminal) {
        for (String name : new String[] {"INT", "TERM", "HUP"}) {
            try {
                Signal.handle(new Signal(name), signal -> onSignal(terminal));
            } catch (IllegalArgumentException e) {
                // This system has no such signal, or -Xrs leaves it to others.
            }
        }
    }

    /** From here on the command comes to its own end, as it must clean up or has more to do than one job. */
    synchronized void begin() {
        begun = true;
    }

    /** From here on a signal calls {@code newStop}, which must make the command end. */
    void begin(Runnable newStop) {
        boolean now;
        synchronized (this) {
            begun = true;
            stop = newStop;
            now = interrupted;
        }
        if (now) {
            newStop.run();
        }
    }

    /**
     * From here on a signal cancels the job.
     *
     * @param onlyReads whether the process may be ended in the middle of it
     */
    void begin(Job newJob, boolean onlyReads) {
        boolean now;
        synchronized (this) {
            begun = true;
            reading = onlyReads;
            job = newJob;
            now = interrupted;
        }
        if (now) {
            newJob.cancel();
        }
    }

    /** The job has ended. */
    synchronized void end() {
        job = null;
    }

    /** A person is asked; a signal cancels the answer. */
    synchronized void asking(CompletableFuture<String> newAnswer) {
        answer = newAnswer;
        if (interrupted) {
            newAnswer.cancel(false);
        }
    }

    /** The command has ended, and the process is about to. */
    void ended() {
        ended.countDown();
    }

    void onSignal(Terminal terminal) {
        Job running;
        Runnable stopping;
        CompletableFuture<String> asked;
        boolean atOnce;
        synchronized (this) {
            if (interrupted) {
                return;
            }
            interrupted = true;
            running = job;
            stopping = stop;
            asked = answer;
            atOnce = !begun;
        }
        if (atOnce) {
            haltUnlessEnded(terminal);
        } else if (stopping != null) {
            stopping.run();
        } else if (running != null) {
            boolean cancelled = running.cancel();
            aside(() -> terminal.interrupted(cancelled));
            if (asked != null) {
                asked.cancel(false);
            }
            if (cancelled) {
                awaitEnd(terminal, running);
            }
        }
        // Else the next job will not begin, or all is done and about to be said.
    }

    private void awaitEnd(Terminal terminal, Job running) {
        long patience = reads() ? PATIENCE_OF_READERS_SECONDS : PATIENCE_SECONDS;
        try {
            boolean came = ended.await(patience, TimeUnit.SECONDS);
            while (!came && !mayBeHalted(running)) {
                came = ended.await(1, TimeUnit.SECONDS);
            }
            haltUnlessEnded(terminal);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean reads() {
        return reading;
    }

    private synchronized boolean mayBeHalted(Job running) {
        return reading || (job == running && !running.isReplacing());
    }

    private void haltUnlessEnded(Terminal terminal) {
        if (ended.getCount() > 0) {
            aside(() -> terminal.fail(
                    new BackupException(BackupException.Kind.CANCELLED, "Interrupted. Nothing was changed", "")));
            Runtime.getRuntime().halt(CODE);
        }
    }

    /** Prints something, unless nobody reads what was printed before. */
    private static void aside(Runnable printing) {
        Thread thread = new Thread(printing, "ngbak-interrupted");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
