package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs one call for each store, each in a thread of its own. The first failure aborts the others. */
final class ParallelStores {

    /** The time that a store has to return after it was aborted. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(30);

    private final String doing;
    private final Job job;
    private final Runnable abort;

    /**
     * @param doing completes the sentence "Failed while the stores were being …"
     * @param abort makes all calls return soon with an exception
     */
    ParallelStores(String doing, Job job, Runnable abort) {
        this.doing = doing;
        this.job = job;
        this.abort = abort;
    }

    /** A call for one store. */
    @FunctionalInterface
    interface Call<T> {
        T run(Role role) throws IOException;
    }

    /**
     * Runs the call for each role, waits for all of them and returns their results.
     *
     * @throws BackupException the first failure, with the role of its store; of kind {@code CANCELLED} if the job was
     *     cancelled or the thread was interrupted
     */
    <T> Map<Role, T> run(Collection<Role> roles, Call<T> call) {
        Map<Role, T> results = new EnumMap<>(Role.class);
        if (roles.isEmpty()) {
            return results;
        }
        ExecutorService threads = Executors.newFixedThreadPool(roles.size(), DaemonThreads.named("ngbak-store"));
        ExecutorCompletionService<T> completions = new ExecutorCompletionService<>(threads);
        Map<Future<T>, Role> calls = new HashMap<>();
        roles.forEach(role -> calls.put(
                completions.submit(() ->
                        Errors.inStore(role, "the " + role.id() + " store was being " + doing, () -> call.run(role))),
                role));
        threads.shutdown();
        BackupException failure = null;
        boolean interrupted = false;
        boolean stopping = false;
        long deadline = 0;
        try {
            while (!calls.isEmpty()) {
                try {
                    Future<T> completed = completions.poll(1, TimeUnit.SECONDS);
                    if (completed != null) {
                        results.put(calls.remove(completed), completed.get());
                    } else if (stopping && System.nanoTime() - deadline > 0) {
                        throw failure != null ? failure : stuck(calls.values());
                    } else if (!stopping && job.isStopping()) {
                        stopping = true;
                        deadline = System.nanoTime() + ABORT_TIMEOUT.toNanos();
                        // The job has aborted the stores, but a thread may wait for the repository.
                        threads.shutdownNow();
                    }
                } catch (ExecutionException | InterruptedException e) {
                    interrupted |= e instanceof InterruptedException;
                    if (failure == null) {
                        // An aborted call fails in its own way, but the reason is the cancellation.
                        boolean cancelled = interrupted || job.isStopping();
                        failure = Errors.explain(
                                cancelled ? new CancellationException() : e.getCause(),
                                "the stores were being " + doing);
                        stopping = true;
                        deadline = System.nanoTime() + ABORT_TIMEOUT.toNanos();
                        abort.run();
                        threads.shutdownNow();
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    private static BackupException stuck(Collection<Role> roles) {
        Role role = roles.iterator().next();
        return new BackupException(
                        Kind.INTERNAL,
                        "The job was cancelled, but its work on the " + role.id() + " store did not stop within "
                                + ABORT_TIMEOUT.toSeconds() + " s",
                        "Check that the store answers, and look at its log")
                .withRole(role);
    }
}
