package dev.ngbak.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What Ctrl-C and SIGTERM do: the running job is cancelled, which undoes a restore, or else goes on to its end, and the
 * process ends with the job's own exit code. A second signal changes nothing; kill -9 is survived by the next run.
 */
final class Interruption {

    /** Longer than any session may take to come back. */
    private static final long PATIENCE_SECONDS = 60;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int code;

    static Interruption install(Terminal terminal) {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> interruption.onExit(terminal), "ngbak-interrupted"));
        return interruption;
    }

    private void onExit(Terminal terminal) {
        if (ended.getCount() == 0) {
            return; // the ordinary end
        }
        if (terminal.isAsking()) {
            Runtime.getRuntime().halt(130);
        }
        boolean cancelled = terminal.cancelJob();
        try {
            boolean came = cancelled ? ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS) : waitForEnd();
            while (!came && terminal.isReplacing()) {
                came = ended.await(1, TimeUnit.SECONDS);
            }
            Runtime.getRuntime().halt(came ? code : 130);
        } catch (InterruptedException e) {
            Runtime.getRuntime().halt(130);
        }
    }

    private boolean waitForEnd() throws InterruptedException {
        ended.await();
        return true;
    }

    /** The command has ended with this code. */
    void done(int exitCode) {
        code = exitCode;
        ended.countDown();
    }
}
