package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes on different machines write to one bucket. */
class S3LeaseTest {

    private static final S3Lease.Timing SHORT =
            new S3Lease.Timing(Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(1));

    private static S3Service service;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startService() throws Exception {
        service = S3Service.s3proxy();
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void useNewBucket() {
        service.useNewBucket();
    }

    private StateDirectory machine(String name) {
        return new StateDirectory(directory.resolve(name).resolve(".ngbak"));
    }

    private S3Repository repository(String machine) {
        return new S3Repository(service.root(), service.connection(), machine(machine), SHORT);
    }

    private static BackupException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    @Test
    void secondMachineIsRefusedWithTheOwner() throws IOException {
        try (RepositoryLock lock = repository("one").lock("the backup nightly")) {
            BackupException e = failure(() -> repository("two").lock("another"));
            assertThat(e.kind()).isEqualTo(Kind.BUSY);
            assertThat(e).hasMessageContaining("the backup nightly, process").hasMessageContaining("3 seconds");
        }
        repository("two").lock("another").close();
        repository("one").lock("the next").close();
    }

    @Test
    void leaseIsRenewedAsLongAsTheJobRuns() throws Exception {
        try (RepositoryLock lock = repository("one").lock("a long job")) {
            Thread.sleep(SHORT.validity().plus(SHORT.margin()).plusSeconds(1).toMillis());
            assertThat(failure(() -> repository("two").lock("another")).kind()).isEqualTo(Kind.BUSY);
        }
    }

    @Test
    void leaseOfADeadProcessEndsAndItsOwnerCannotWriteAnyMore() throws Exception {
        FaultProxy proxy = new FaultProxy(service.endpoint());
        S3Repository cut = new S3Repository(
                service.root(),
                service.connection(service.settings()
                        .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString())),
                machine("one"),
                SHORT);
        BackupId id = new BackupId("late");
        try (proxy;
                RepositoryLock lock = cut.lock("a job without network");
                ArchiveUpload upload = cut.create(id)) {
            upload.channel(1).write(ByteBuffer.wrap(new byte[1]));
            proxy.plan(
                    request -> request.target().endsWith("/lock") ? FaultProxy.breakBefore() : FaultProxy.Fault.NONE);
            takeAsSoonAsPossible("two").close();
            BackupException e = failure(() -> upload.commit(written -> {}));
            assertThat(e.kind()).isEqualTo(Kind.BUSY);
            assertThat(e).hasMessageContaining("lost the lock");
        }
        assertThat(repository("two").contains(id)).isFalse();
    }

    private RepositoryLock takeAsSoonAsPossible(String machine) throws Exception {
        while (true) {
            try {
                return repository(machine).lock("a patient job");
            } catch (BackupException e) {
                assertThat(e.kind()).isEqualTo(Kind.BUSY);
                Thread.sleep(200);
            }
        }
    }

    @Test
    void nextJobInTheSameStateDirectoryNeedNotWaitForADeadOne() throws IOException {
        S3Lease.take(service.connection(), service.root().resolve(".ngbak/lock"), "a dead job", "a place", SHORT);
        S3Lease.take(service.connection(), service.root().resolve(".ngbak/lock"), "the next job", "a place", SHORT)
                .close();
    }

    @Test
    void foreignLockObjectIsNotReplaced() throws IOException {
        S3Location lock = service.root().resolve(".ngbak/lock");
        service.connection()
                .call(
                        "put",
                        s3 -> s3.putObject(
                                r -> r.bucket(lock.bucket()).key(lock.path()),
                                software.amazon.awssdk.core.sync.RequestBody.fromString("something else")));
        BackupException e = failure(() -> repository("one").lock("a job"));
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining(lock.toString());
    }

    /** s3proxy checks a condition and writes in two steps, so its requests are forwarded one by one. */
    @Test
    void randomJobsOnTwoMachinesNeverOverlap() throws Exception {
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.oneAtATime();
            work(
                    service,
                    service.settings()
                            .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()),
                    10);
        }
    }

    @Test
    void randomJobsOnTwoMachinesNeverOverlapOnVersitygw() throws Exception {
        try (S3Service versitygw = S3Service.versitygw(directory.resolve("objects"))) {
            versitygw.useNewBucket();
            work(versitygw, versitygw.settings(), 100);
        }
    }

    /** Each machine creates and deletes archives in random order; a set in memory says what must be there. */
    private void work(S3Service on, Settings settings, int jobs) throws Exception {
        Set<String> expected = ConcurrentHashMap.newKeySet();
        AtomicInteger inside = new AtomicInteger();
        ExecutorService machines = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (String name : List.of("one", "two")) {
                S3Repository repository =
                        new S3Repository(on.root(), on.connection(settings), machine(name), S3Lease.Timing.DEFAULT);
                running.add(machines.submit(() -> work(repository, name.hashCode(), jobs, expected, inside)));
            }
            for (Future<?> machine : running) {
                machine.get();
            }
        } finally {
            machines.shutdownNow();
        }
        assertThat(on.repository(machine("one")).ids())
                .extracting(BackupId::text)
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(on.openUploads()).isEmpty();
    }

    private static Void work(S3Repository repository, int seed, int jobs, Set<String> expected, AtomicInteger inside)
            throws Exception {
        Random random = new Random(seed);
        for (int done = 0; done < jobs; ) {
            try (RepositoryLock lock = repository.lock("job " + done)) {
                assertThat(inside.incrementAndGet()).as("jobs at the same time").isEqualTo(1);
                step(repository, random, expected);
                assertThat(inside.decrementAndGet()).isZero();
                done++;
            } catch (BackupException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.BUSY);
                Thread.sleep(random.nextInt(20));
            }
        }
        return null;
    }

    private static void step(S3Repository repository, Random random, Set<String> expected) throws IOException {
        BackupId id = new BackupId("archive-" + random.nextInt(4));
        assertThat(repository.contains(id)).isEqualTo(expected.contains(id.text()));
        if (expected.remove(id.text())) {
            repository.delete(id);
            return;
        }
        try (ArchiveUpload upload = repository.create(id)) {
            upload.channel(1).write(ByteBuffer.wrap(new byte[1]));
            upload.commit(written -> {});
            expected.add(id.text());
        }
    }
}
