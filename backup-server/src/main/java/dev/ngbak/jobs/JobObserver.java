package dev.ngbak.jobs;

import dev.ngbak.engine.Job;

/**
 * Observes jobs of this process. The methods are called in the job's own threads and must return quickly.
 */
public interface JobObserver {

    /** Called before the engine is. The job's progress and phase can be read from now on. */
    default void started(Job job) {}

    /** Called when a phase of the job has begun. */
    default void phaseBegan(Job job) {}

    /** Called when the job has written a line to its log. */
    default void logged(Job.Line line) {}

    /** Called when the engine has returned or thrown, once for each call of {@link #started}. */
    default void finished(Job job) {}

    /** Called when a recorded job has ended. A job that was refused before its first phase is not recorded. */
    default void recorded(JobRecord job, Job run) {}
}
