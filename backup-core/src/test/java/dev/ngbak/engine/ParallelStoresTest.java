package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParallelStoresTest {

    private static final Set<Role> ALL = EnumSet.allOf(Role.class);

    private final Job job = new Job();
    private final CountDownLatch aborted = new CountDownLatch(1);
    private final ParallelStores stores = new ParallelStores("exported", job, aborted::countDown);

    /** Waits like a blocked plugin, which fails in its own way when it is aborted. */
    private String blockUntilAborted() throws IOException {
        try {
            aborted.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the connection was closed");
    }

    @Test
    void callsRunAtTheSameTime() {
        CyclicBarrier all = new CyclicBarrier(ALL.size());

        Map<Role, String> results = stores.run(ALL, role -> {
            try {
                all.await(30, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IOException(e);
            }
            return role.id();
        });

        assertThat(results).isEqualTo(Map.of(Role.GRAPH, "graph", Role.VECTOR, "vector", Role.KV, "kv"));
        assertThat(aborted.getCount()).isEqualTo(1);
    }

    @Test
    void firstFailureAbortsTheOthersAndIsThrownWithItsStore() {
        BackupException failure = catchThrowableOfType(
                BackupException.class,
                () -> stores.run(ALL, role -> {
                    if (role == Role.VECTOR) {
                        throw new BackupException(Kind.UNREACHABLE, "The vector store is gone", "");
                    }
                    return blockUntilAborted();
                }));

        assertThat(failure.problem()).isEqualTo("The vector store is gone");
        assertThat(failure.role()).contains(Role.VECTOR);
    }

    @Test
    void unexpectedFailureNamesTheStore() {
        BackupException failure = catchThrowableOfType(
                BackupException.class,
                () -> stores.run(Set.of(Role.KV), role -> {
                    throw new IllegalStateException("password=hunter2");
                }));

        assertThat(failure.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(failure.problem())
                .contains("the kv store was being exported")
                .doesNotContain("hunter2");
    }

    @Test
    void cancellationIsTheReasonForWhateverAnAbortedCallThrows() {
        job.onCancel(aborted::countDown);

        BackupException failure = catchThrowableOfType(
                BackupException.class,
                () -> stores.run(ALL, role -> {
                    if (role == Role.GRAPH) {
                        assertThat(job.cancel()).isTrue();
                    }
                    return blockUntilAborted();
                }));

        assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure.role()).isEmpty();
    }

    @Test
    void interruptAbortsAllCallsAndIsKept() {
        Thread caller = Thread.currentThread();

        BackupException failure = catchThrowableOfType(
                BackupException.class,
                () -> stores.run(ALL, role -> {
                    caller.interrupt();
                    return blockUntilAborted();
                }));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
    }
}
