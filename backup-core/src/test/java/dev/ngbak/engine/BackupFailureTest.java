package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Backups that fail or are cancelled. They leave no archive. */
class BackupFailureTest extends ThreeStores {

    @Test
    void failureOfOneStoreAbortsTheOthersAndLeavesNothing() throws Exception {
        CountDownLatch aborted = new CountDownLatch(1);
        doAnswer(call -> {
                    aborted.countDown();
                    return null;
                })
                .when(kv.export)
                .abort();
        doAnswer(call -> {
                    aborted.await();
                    throw new IOException("aborted");
                })
                .when(kv.export)
                .export(any(), any(), any());
        doThrow(new BackupException(Kind.UNREACHABLE, "The connection to the graph broke", "Start it"))
                .when(graph.export)
                .export(any(), any(), any());

        Job job = new Job();
        BackupException e = failure(() -> manager().create(null, null, job));

        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e.problem()).isEqualTo("The connection to the graph broke");
        assertThat(e.effect()).contains(Effect.NO_ARCHIVE);
        assertThat(job.failedStores()).containsExactly(Role.GRAPH);
        verify(kv.export, atLeastOnce()).abort();
        for (FakeStore store : all) {
            verify(store.export, atLeastOnce()).close();
        }
        assertThat(repositoryFiles()).isEmpty();
    }

    /** Aborted sessions throw a CancellationException, which is not the failure to report. */
    @Test
    void failedExportReportsItsOwnCauseDespiteRetries() throws Exception {
        environment.put("BACKUP_RETRIES", "2");
        AtomicBoolean aborted = new AtomicBoolean();
        doAnswer(call -> {
                    aborted.set(true);
                    return null;
                })
                .when(kv.export)
                .abort();
        doAnswer(call -> {
                    if (aborted.get()) {
                        throw new CancellationException("the session was aborted");
                    }
                    return call.callRealMethod();
                })
                .when(kv.export)
                .marker();
        doThrow(new BackupException(Kind.INCOMPATIBLE, "The collection has custom sharding", "Leave it out"))
                .when(vector.export)
                .export(any(), any(), any());
        Job job = new Job();

        BackupException e = failure(() -> manager().create(null, null, job));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem()).isEqualTo("The collection has custom sharding");
        assertThat(job.failedStores()).containsExactly(Role.VECTOR);
        verify(kv.exporter, times(2)).open(any());
    }

    @Test
    void cancellationAbortsAStoreThatHangs() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch aborted = new CountDownLatch(1);
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
        Job job = new Job();
        Thread canceller = new Thread(() -> {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(job.cancel()).isTrue();
        });
        canceller.start();

        BackupException e = failure(() -> manager().create(null, null, job));
        canceller.join();

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(e.effect()).contains(Effect.NO_ARCHIVE);
        assertThat(repositoryFiles()).isEmpty();
    }

    @Test
    void wrongRecordCountIsDetected() throws Exception {
        doAnswer(call -> {
                    graph.add(List.of("not exported"), call.getArgument(1));
                    return call.callRealMethod();
                })
                .when(graph.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(e.problem()).contains("graph").contains("3 records expected, 2 found");
        assertThat(repositoryFiles()).isEmpty();
    }

    @Test
    void missingExportIsDetected() throws Exception {
        doNothing().when(kv.export).export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.problem()).contains("kv store contains 1 records, but none was exported");
        assertThat(repositoryFiles()).isEmpty();
    }

    @Test
    void messageOfAnUnexpectedExceptionIsHidden() throws Exception {
        doThrow(new IllegalStateException("password=hunter2")).when(kv.export).export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(e.getMessage()).doesNotContain("hunter2").doesNotContain("IllegalState");
    }

    @Test
    void allUnreachableStoresAreReportedTogether() {
        doThrow(new BackupException(Kind.UNREACHABLE, "No graph", "Start the graph"))
                .when(graph.exporter)
                .open(any());
        doThrow(new BackupException(Kind.UNREACHABLE, "No documents", "Start the documents"))
                .when(kv.exporter)
                .open(any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.problem()).isEqualTo("No graph. Also: No documents");
        assertThat(e.remedy()).isEqualTo("Start the graph. Start the documents");
        verify(vector.export).close();
    }
}
