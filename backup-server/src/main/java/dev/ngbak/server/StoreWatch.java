package dev.ngbak.server;

import dev.ngbak.engine.StoreStatus;
import dev.ngbak.spi.support.DaemonThreads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Knows the state of the stores. Looking at them costs connections and may take long, so callers share what one of them has
 * seen. Thread-safe.
 */
final class StoreWatch {

    private static final Duration SHARED_FOR = Duration.ofSeconds(2);
    /** A look in the background begins when the last one is older. */
    private static final Duration LOOK_AFTER = Duration.ofMinutes(1);
    /** What is older does not count: nobody asked, or the stores keep a look waiting. */
    private static final Duration FORGET_AFTER = Duration.ofMinutes(5);

    private static final Executor NEW_THREAD =
            task -> DaemonThreads.named("ngbak-stores").newThread(task).start();

    private final Supplier<List<StoreStatus>> look;
    private final Duration patience;
    private final Object looking = new Object();
    private volatile Seen seen;
    private CompletableFuture<List<StoreStatus>> background;

    private record Seen(List<StoreStatus> stores, long at) {

        boolean isOlderThan(Duration age) {
            return System.nanoTime() - at > age.toNanos();
        }
    }

    /** @param patience how long a caller waits for a look if nothing is known */
    StoreWatch(Supplier<List<StoreStatus>> look, Duration patience) {
        this.look = look;
        this.patience = patience;
    }

    /** Returns the state of the stores at most two seconds ago. Simultaneous calls share one look. */
    List<StoreStatus> now() {
        synchronized (looking) {
            if (seen == null || seen.isOlderThan(SHARED_FOR)) {
                seen = new Seen(look.get(), System.nanoTime());
            }
            return seen.stores();
        }
    }

    /**
     * Returns the state of the stores about a minute ago, without a connection to them. Looks again in the background if that is
     * necessary.
     *
     * @return empty if nothing is known, because the stores do not answer in time
     */
    Optional<List<StoreStatus>> lastSeen() {
        Seen last = seen;
        if (last == null || last.isOlderThan(FORGET_AFTER)) {
            return waitForLook();
        }
        if (last.isOlderThan(LOOK_AFTER)) {
            lookInBackground();
        }
        return Optional.of(last.stores());
    }

    private Optional<List<StoreStatus>> waitForLook() {
        try {
            return Optional.of(lookInBackground().get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private synchronized CompletableFuture<List<StoreStatus>> lookInBackground() {
        if (background == null || background.isDone()) {
            background = CompletableFuture.supplyAsync(this::now, NEW_THREAD);
        }
        return background;
    }
}
