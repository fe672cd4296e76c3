package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The result of a job that runs in another thread. It completes when the job has ended, even if it was cancelled: until then a
 * restore may be rolling back.
 */
final class JobFuture<T> extends CompletableFuture<T> {

    private enum State {
        WAITING,
        RUNNING,
        ENDED
    }

    private final Job job;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    private JobFuture(Job job) {
        this.job = job;
    }

    /** Runs a call of the engine in a thread of the executor. */
    static <T> CompletableFuture<T> start(Job job, Executor executor, Function<Job, T> call) {
        JobFuture<T> future = new JobFuture<>(job);
        executor.execute(() -> future.run(call));
        // Others can complete the future too, for example by orTimeout. The result is then of no use to anybody.
        return future.stoppingWhenCompleted();
    }

    private JobFuture<T> stoppingWhenCompleted() {
        whenComplete((result, failure) -> {
            if (state.get() == State.RUNNING) {
                job.cancel();
            }
        });
        return this;
    }

    private void run(Function<Job, T> call) {
        if (isDone() || !state.compareAndSet(State.WAITING, State.RUNNING)) {
            return;
        }
        try {
            T result = call.apply(job);
            state.set(State.ENDED);
            complete(result);
        } catch (BackupException e) {
            state.set(State.ENDED);
            if (e.kind() == Kind.CANCELLED) {
                super.cancel(false);
            } else {
                completeExceptionally(e);
            }
        } catch (RuntimeException | Error e) {
            state.set(State.ENDED);
            completeExceptionally(e);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return state.compareAndSet(State.WAITING, State.ENDED)
                ? super.cancel(mayInterruptIfRunning)
                : state.get() == State.RUNNING && job.cancel();
    }
}
