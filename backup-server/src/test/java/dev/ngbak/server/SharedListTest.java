package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.jobs.JobProgress;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedListTest {

    private final AtomicInteger lists = new AtomicInteger();
    private List<JobRecord> jobs = List.of();
    private final SharedList list = new SharedList(
            () -> {
                lists.incrementAndGet();
                return List.<ArchiveInfo>of();
            },
            () -> jobs,
            Duration.ofHours(1));

    private static List<JobRecord> job(Status status) {
        JobProgress none = new JobProgress("", Map.of());
        return List.of(new JobRecord(
                "1", "backup", status, null, Instant.EPOCH, null, null, none, null, null, Map.of(), List.of()));
    }

    @Test
    void listIsSharedUntilAJobBeginsOrEnds() {
        list.get();
        list.get();
        assertThat(lists).hasValue(1);
        jobs = job(Status.PROCESSING);
        list.get();
        list.get();
        assertThat(lists).as("a running job may change the list at any time").hasValue(3);
        jobs = job(Status.COMPLETED);
        list.get();
        list.get();
        assertThat(lists).hasValue(4);
    }

    @Test
    void changeWithoutAJobIsSeen() {
        list.get();
        list.changed();
        list.get();
        assertThat(lists).hasValue(2);
    }

    @Test
    void oldListIsNotShared() {
        SharedList old = new SharedList(
                () -> {
                    lists.incrementAndGet();
                    return List.of();
                },
                () -> jobs,
                Duration.ZERO);
        old.get();
        old.get();
        assertThat(lists).hasValue(2);
    }

    @Test
    void simultaneousCallsShareOneListEvenIfItFails() {
        CountDownLatch both = new CountDownLatch(2);
        SharedList failing = new SharedList(
                () -> {
                    lists.incrementAndGet();
                    await(both);
                    throw new BackupException(Kind.UNREACHABLE, "no answer", "");
                },
                () -> {
                    both.countDown();
                    return jobs;
                },
                Duration.ofHours(1));
        CompletableFuture<?> other = CompletableFuture.runAsync(() -> fails(failing));
        fails(failing);
        other.join();
        assertThat(lists).hasValue(1);
        fails(failing);
        assertThat(lists).as("a failure is not kept").hasValue(2);
    }

    private static void fails(SharedList list) {
        assertThatExceptionOfType(BackupException.class).isThrownBy(list::get);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
