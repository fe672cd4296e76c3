package dev.ngbak.engine;

/**
 * Follows one call of the engine. One thread, which is not that of the caller, delivers the events in their order. All of them
 * are delivered before the call returns, so a listener that blocks delays the end of the call, but never the work.
 *
 * <p>An exception of a listener never fails the call. The first one is handed to the thread's {@link
 * Thread.UncaughtExceptionHandler}, the others are ignored.
 */
@FunctionalInterface
public interface JobListener {

    /** Receives an event. */
    void onEvent(JobEvent event);
}
