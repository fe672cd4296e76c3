package dev.ngbak.engine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Backups and restores whose caller holds a future. */
@Timeout(60)
class AsyncJobsTest extends RestoreFixture {

    private static final BackupRequest BACKUP = BackupRequest.builder().build();

    private final CountDownLatch hanging = new CountDownLatch(1);
    private final CountDownLatch aborted = new CountDownLatch(1);

    /** Makes the export of the vector store hang until it is aborted. */
    private void hang() throws IOException {
        doAnswer(call -> {
                    hanging.countDown();
                    aborted.await();
                    throw new IOException("the connection was closed");
                })
                .when(vector.export)
                .export(any(), any(), any());
        doAnswer(call -> {
                    aborted.countDown();
                    return null;
                })
                .when(vector.export)
                .abort();
    }

    @Test
    void backupRunsInADaemonThreadOfItsOwn() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        doAnswer(call -> {
                    thread.set(Thread.currentThread());
                    return call.callRealMethod();
                })
                .when(graph.exporter)
                .open(any());

        ArchiveInfo made = manager().createAsync(BACKUP).get(60, SECONDS);

        assertThat(manager().list()).extracting(ArchiveInfo::id).contains(made.id());
        assertThat(thread.get().isDaemon()).isTrue();
        thread.get().join();
    }

    @Test
    void backupAndRestoreRunInTheExecutorOfTheCaller() {
        List<Runnable> tasks = new ArrayList<>();

        CompletableFuture<ArchiveInfo> backupFuture = manager().createAsync(BACKUP, tasks::add);
        CompletableFuture<RestoreResult> restoreFuture =
                manager().restoreAsync(RestoreRequest.builder("mine").build(), tasks::add);
        assertThat(backupFuture).isNotDone();
        tasks.forEach(Runnable::run);

        assertThat(backupFuture).isCompleted();
        assertThat(restoreFuture).isCompleted();
        assertNewData();
    }

    @Test
    void executorThatRefusesATaskIsReportedToTheCaller() {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };

        assertThatThrownBy(() -> manager().createAsync(BACKUP, full)).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void failureIsTheExceptionOfTheBlockingCall() {
        doThrow(new BackupException(Kind.UNREACHABLE, "No graph", "Start it"))
                .when(graph.exporter)
                .open(any());

        Throwable failure = catchThrowable(() -> manager().createAsync(BACKUP).join());

        assertThat(failure).isInstanceOf(CompletionException.class);
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
    }

    @Test
    void cancelledBackupEndsBeforeItsFutureDoes() throws Exception {
        hang();
        CompletableFuture<ArchiveInfo> future = manager().createAsync(BACKUP);
        hanging.await();

        assertThat(future.cancel(true)).isTrue();

        assertThatThrownBy(() -> future.get(60, SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(future).isCancelled();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        // The lock is free.
        manager().delete(new dev.ngbak.archive.BackupId("mine"), new Job());
    }

    @Test
    void backupThatWaitsForItsExecutorNeverRunsAfterACancellation() {
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<ArchiveInfo> future = manager().createAsync(BACKUP, tasks::add);

        assertThat(future.cancel(false)).isTrue();
        tasks.forEach(Runnable::run);

        assertThat(future).isCancelled();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void backupWhoseFutureTimesOutIsCancelled() throws Exception {
        hang();
        CompletableFuture<ArchiveInfo> future = manager().createAsync(BACKUP);
        hanging.await();

        future.orTimeout(1, TimeUnit.MILLISECONDS);

        aborted.await();
        assertThat(future).isCompletedExceptionally();
    }

    @Test
    void restoreThatIsCancelledWhileItReplacesDataIsRolledBack() throws IOException {
        AtomicReference<CompletableFuture<RestoreResult>> future = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        doAnswer(call -> {
                    vector.lines.clear();
                    known.await();
                    assertThat(future.get().cancel(true)).isTrue();
                    assertThat(future.get()).isNotDone();
                    return call.callRealMethod();
                })
                .doCallRealMethod()
                .when(vector.restore)
                .restore(any(), any(), any());

        future.set(manager().restoreAsync(RestoreRequest.builder("mine").build()));
        known.countDown();
        Throwable failure = catchThrowable(() -> future.get().join());

        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK));
        assertPreviousData();
    }

    @Test
    void futureThatIsCancelledAfterTheEndStaysAsItIs() throws Exception {
        CompletableFuture<ArchiveInfo> future = manager().createAsync(BACKUP);
        future.get(60, SECONDS);

        assertThat(future.cancel(true)).isFalse();

        assertThat(future).isCompleted();
        verify(graph.export, never()).abort();
    }

    @Test
    void interruptCancelsABlockingBackupAndStaysSet() throws Exception {
        hang();
        Thread caller = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            try {
                hanging.await();
                caller.interrupt();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        interrupter.start();

        BackupException e = failure(() -> manager().create(BACKUP));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        interrupter.join();
    }
}
