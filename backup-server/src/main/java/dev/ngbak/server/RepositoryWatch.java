package dev.ngbak.server;

import dev.ngbak.spi.support.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Knows whether archives can be stored, without asking the repository at each call: that may cost a request to a service, and
 * take a minute if the service does not answer. Thread-safe.
 */
final class RepositoryWatch {

    /** How long a caller waits for a check. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private static final Executor NEW_THREAD =
            task -> DaemonThreads.named("ngbak-ready").newThread(task).start();

    private final BooleanSupplier check;
    private final Duration maxAge;
    private final Duration patience;
    private CompletableFuture<Boolean> latest;
    private long startedAt;
    private boolean before;

    /**
     * @param check may take long
     * @param maxAge how long its outcome counts
     * @param patience how long a check may take before the repository counts as broken
     */
    RepositoryWatch(BooleanSupplier check, Duration maxAge, Duration patience) {
        this.check = check;
        this.maxAge = maxAge;
        this.patience = patience;
    }

    /** Returns the outcome of a check that is at most {@code maxAge + patience} old. Waits at most a second. */
    boolean canStore() {
        try {
            return check().get(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return lastOutcome();
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized CompletableFuture<Boolean> check() {
        if (latest == null || (latest.isDone() && age().compareTo(maxAge) >= 0)) {
            before = latest != null && !latest.isCompletedExceptionally() && latest.join();
            startedAt = System.nanoTime();
            latest = CompletableFuture.supplyAsync(check::getAsBoolean, NEW_THREAD);
        }
        return latest;
    }

    private synchronized boolean lastOutcome() {
        return before && age().compareTo(patience) < 0;
    }

    private Duration age() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }
}
