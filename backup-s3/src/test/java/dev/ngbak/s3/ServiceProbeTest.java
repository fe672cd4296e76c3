package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.s3.ServiceProbe.Function;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the test of a service, also against one that drops conditions on their way. */
class ServiceProbeTest {

    private static S3Service service;

    @TempDir
    private Path directory;

    private FaultProxy proxy;
    private S3Repository repository;

    @BeforeAll
    static void startService() throws Exception {
        service = S3Service.s3proxy();
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void start() throws IOException {
        service.useNewBucket();
        proxy = new FaultProxy(service.endpoint());
        repository = new S3Repository(service.root(), connection(), state());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
    }

    private StateDirectory state() {
        return new StateDirectory(directory.resolve(".ngbak"));
    }

    private S3Connection connection() {
        return service.connection(
                service.streaming().with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
    }

    private Set<Function> probe() {
        return new ServiceProbe(connection(), service.root(), state()).probe();
    }

    @Test
    void goodServiceHonoursEverythingAndNothingIsLeft() throws IOException {
        assertThat(probe()).containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(Function.OBJECT_LOCK)));
        assertThat(repository.examine()).isEmpty();
        assertThat(state().exists()).isFalse();
        assertThat(service.keys()).isEmpty();
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void serviceIsTestedOnce() throws IOException {
        repository.lock("a job").close();
        proxy.requests().clear();
        repository.lock("another job").close();
        assertThat(proxy.requests()).noneMatch(request -> request.target().contains("probe"));
    }

    /** The first write of the test passes; this is the answer to those that the service must refuse. */
    private void answerConditionalWrites(FaultProxy.Fault answer) {
        AtomicInteger writes = new AtomicInteger();
        proxy.plan(request -> request.isProbe()
                        && request.method().equals("PUT")
                        && !request.target().contains("partNumber")
                        && writes.getAndIncrement() > 0
                ? answer
                : FaultProxy.Fault.NONE);
    }

    @Test
    void serviceThatIgnoresConditionsIsNotWrittenTo() throws IOException {
        answerConditionalWrites(FaultProxy.answer(200, ""));
        BackupException e = catchThrowableOfType(BackupException.class, () -> repository.lock("a job"));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e).hasMessageContaining("If-None-Match").hasMessageContaining("two jobs");
        proxy.plan(request -> FaultProxy.Fault.NONE);
        assertThat(repository.ids()).isEmpty();
        assertThat(catchThrowableOfType(BackupException.class, () -> repository.lock("a job")))
                .as("the outcome is remembered")
                .hasMessageContaining("If-None-Match");
        assertThat(repository.examine()).isEmpty();
        repository.lock("a job after the service was tested again").close();
    }

    @Test
    void answerNotModifiedIsNoRefusalOfAWrite() {
        answerConditionalWrites(FaultProxy.answer(304, ""));
        assertThat(probe()).doesNotContain(Function.CREATE, Function.REPLACE).contains(Function.COMPLETE);
    }

    @Test
    void serviceThatReturnsMoreThanWasAskedForIsNotWrittenTo() {
        proxy.plan(request -> request.isProbe() && request.method().equals("GET")
                ? FaultProxy.answer(200, "ngbak")
                : FaultProxy.Fault.NONE);
        assertRefused(EnumSet.of(Function.READ, Function.PARTS), "part of a certain version");
    }

    @Test
    void serviceThatDeletesAnObjectWithAnAbortedUploadIsNotWrittenTo() {
        proxy.plan(request -> {
            if (request.isProbe() && request.method().equals("DELETE")) {
                String path = request.target().replaceAll("\\?.*", "");
                String key = path.substring(
                        path.indexOf(service.bucket()) + service.bucket().length() + 1);
                service.connection()
                        .call(
                                "delete",
                                s3 -> s3.deleteObject(
                                        r -> r.bucket(service.bucket()).key(key)));
            }
            return FaultProxy.Fault.NONE;
        });
        assertRefused(EnumSet.of(Function.ABORT), "aborted");
    }

    private void assertRefused(Set<Function> missing, String words) {
        Set<Function> expected =
                EnumSet.complementOf(EnumSet.of(Function.OBJECT_LOCK)); // The settings do not ask for it.
        expected.removeAll(missing);
        assertThat(probe()).isEqualTo(expected);
        BackupException e = catchThrowableOfType(BackupException.class, () -> repository.lock("a job"));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e).hasMessageContaining(words);
        assertThat(service.keys()).isEmpty();
    }

    @Test
    void weakerServiceIsUsedAndNamed() throws IOException {
        answerCompletion(
                1,
                FaultProxy.answer(
                        200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"));
        assertThat(repository.examine()).singleElement().asString().contains("Only the lock");
        repository.lock("a job").close();
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void serviceThatDemandsPartsOfOneSizeGetsThemFromTheDisk() throws IOException {
        answerCompletion(2, FaultProxy.error(400, "InvalidPart"));
        try (RepositoryLock lock = repository.lock("a job")) {
            assertThat(repository.needsLocalSpace(new BackupId("any"))).isTrue();
        }
        answerCompletion(2, FaultProxy.error(400, "InvalidPart"));
        assertThat(repository.examine()).singleElement().asString().contains("BACKUP_S3_STAGING=disk");
        assertThat(service.openUploads()).isEmpty();
        proxy.plan(request -> FaultProxy.Fault.NONE);
        assertThat(repository.examine()).isEmpty();
        try (RepositoryLock lock = repository.lock("a job")) {
            assertThat(repository.needsLocalSpace(new BackupId("any"))).isFalse();
        }
    }

    /** Answers one completion of an upload of the probe: the first has a condition, the second has parts. */
    private void answerCompletion(int which, FaultProxy.Fault answer) {
        AtomicInteger completions = new AtomicInteger();
        proxy.plan(request -> request.isProbe()
                        && request.method().equals("POST")
                        && request.target().contains("uploadId")
                        && completions.incrementAndGet() == which
                ? answer
                : FaultProxy.Fault.NONE);
    }
}
