package dev.ngbak.cli;

import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobObserver;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows the progress and the log of a job, and lets a signal cancel it. */
final class JobDisplay implements JobObserver {

    private final Terminal terminal;
    private final boolean readOnly;
    private volatile Job job;
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ngbak-progress");
        thread.setDaemon(true);
        return thread;
    });

    /** @param readOnly whether the process may be ended while the job runs */
    JobDisplay(Terminal terminal, boolean readOnly) {
        this.terminal = terminal;
        this.readOnly = readOnly;
    }

    @Override
    public void started(Job newJob) {
        job = newJob;
        ProgressLine line = new ProgressLine(System.nanoTime());
        long period = terminal.progressMillis();
        if (period > 0) {
            ticker.scheduleAtFixedRate(() -> terminal.showProgress(job, line), period, period, TimeUnit.MILLISECONDS);
        }
        terminal.shutdown().jobStarted(job, readOnly);
    }

    @Override
    public void phaseBegan(Job any) {
        phaseBegan();
    }

    /** Shows the phase that has begun. */
    void phaseBegan() {
        terminal.showPhase(job);
    }

    @Override
    public void logged(Job.Line line) {
        terminal.log(line);
    }

    @Override
    public void finished(Job ended) {
        terminal.shutdown().jobEnded();
        ticker.shutdownNow();
        terminal.jobFinished(ended);
    }
}
