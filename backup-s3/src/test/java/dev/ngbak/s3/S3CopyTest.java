package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.CopyRequest;
import dev.ngbak.engine.CopyResult;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.s3.FaultProxy.Fault;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;

/** Copies archives from and to buckets. */
class S3CopyTest {

    /** An archive of two parts, made once. */
    @TempDir
    private static Path template;

    private static S3Service service;

    @TempDir
    private Path directory;

    private final List<String> events = new ArrayList<>();
    private S3BackupTest.SampleSystem system;
    private BackupManager folder;
    private BackupManager bucket;
    private Path original;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.s3proxy();
        Settings settings = new S3BackupTest.SampleSystem(template, 12 << 20).settings(Settings.of(Map.of()));
        new BackupManager(settings).create("b", null, new Job());
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
    }

    @BeforeEach
    void prepare() throws IOException {
        service.useNewBucket();
        system = new S3BackupTest.SampleSystem(directory, 1 << 10);
        folder = new BackupManager(system.settings(Settings.of(Map.of())));
        bucket = new BackupManager(system.settings(service.settings()));
        Files.createDirectory(directory.resolve("backups"));
        original = Files.copy(template.resolve("backups/b.ngbak"), directory.resolve("backups/b.ngbak"));
    }

    private CopyResult copy(BackupManager from, String id, String target, Settings settings) {
        return from.copy(CopyRequest.builder(id, target)
                .targetSettings(settings)
                .listener(event -> events.add(event.toString()))
                .build());
    }

    private CopyResult copyToBucket() {
        return copy(folder, "b", service.root().toString(), service.settings());
    }

    private BackupException failure(FaultProxy proxy) {
        Settings through =
                service.settings().with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
        return catchThrowableOfType(
                BackupException.class, () -> copy(folder, "b", service.root().toString(), through));
    }

    private static byte[] bytes(ReadableArchive archive) throws IOException {
        try (InputStream in = archive.read(0)) {
            return in.readAllBytes();
        }
    }

    private void put(String key, byte[] bytes) {
        service.connection()
                .call(
                        "put",
                        s3 -> s3.putObject(r -> r.bucket(service.bucket()).key(key), RequestBody.fromBytes(bytes)));
    }

    /** Asserts that a copy left nothing in the bucket, and nothing but records on the disk. */
    private void assertNothingLeft() throws IOException {
        assertThat(service.repository(new StateDirectory(directory.resolve("any")))
                        .ids())
                .isEmpty();
        assertThat(service.openUploads()).isEmpty();
        try (Stream<Path> files = Files.walk(directory.resolve("backups/.ngbak"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .isSubsetOf("lock", "s3-place", "s3-service", "b.json");
        }
    }

    @Test
    void archiveGoesToABucketAndBack() throws IOException {
        CopyResult there = copyToBucket();
        assertThat(there.isNew()).isTrue();
        assertThat(there.target()).isEqualTo(service.root() + " at " + service.endpoint());
        assertThat(there.archive().location()).isEqualTo(service.root() + "/b.ngbak");
        assertThat(bytes(bucket.archive("b"))).isEqualTo(Files.readAllBytes(original));

        Path other = Files.createDirectory(directory.resolve("other"));
        CopyResult back = copy(bucket, "latest", other.toString(), Settings.of(Map.of()));
        assertThat(other.resolve("b.ngbak")).hasSameBinaryContentAs(original);
        assertThat(back.sha256()).isEqualTo(there.sha256());
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void archiveGoesToAnotherPrefixAndToAnotherServiceWithTheSameAddress() throws Exception {
        put(service.root().archive(new BackupId("b")).path(), Files.readAllBytes(original));
        String prefix = "s3://" + service.bucket() + "/prod/vault";

        assertThat(copy(bucket, "b", prefix, service.settings()).isNew()).isTrue();
        assertThat(copy(bucket, "b", prefix, service.settings()).isNew()).isFalse();

        BackupException same = catchThrowableOfType(
                BackupException.class, () -> copy(bucket, "b", service.root().toString(), service.settings()));
        assertThat(same.kind()).isEqualTo(Kind.INVALID);
        try (S3Service vault = S3Service.s3proxy()) {
            vault.useBucket(service.bucket());
            assertThat(copy(bucket, "b", service.root().toString(), vault.settings())
                            .isNew())
                    .isTrue();
            assertThat(bytes(vault.repository(new StateDirectory(directory.resolve("any")))
                            .open(new BackupId("b"))))
                    .isEqualTo(Files.readAllBytes(original));
        }
        assertThat(bucket.list()).extracting(ArchiveInfo::id).containsExactly("b");
    }

    @Test
    void secondCopySendsNothing() throws Exception {
        copyToBucket();
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            Settings through = service.settings()
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            copy(folder, "b", service.root().toString(), through);
            assertThat(proxy.requests()).as("another address is verified once").isNotEmpty();
            proxy.requests().clear();
            events.clear();

            assertThat(copy(folder, "b", service.root().toString(), through).isNew())
                    .isFalse();

            assertThat(proxy.requests())
                    .extracting(FaultProxy.Request::method)
                    .as("to look for it, to find the version twice, to read the manifest")
                    .containsExactly("HEAD", "HEAD", "GET", "HEAD");
            assertThat(events).containsExactly("Phase: checking");
        }
    }

    /** A process can be killed when the bucket shows the copy and nobody has read it back. */
    @Test
    void copyThatWasNotReadBackIsVerified() throws IOException {
        String key = service.root().archive(new BackupId("b")).path();
        byte[] content = Files.readAllBytes(original);
        content[content.length - 5] ^= 1;
        put(key, content);
        BackupException damaged = catchThrowableOfType(BackupException.class, this::copyToBucket);
        assertThat(damaged.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(damaged).hasMessageContaining("Delete it there");

        put(key, Files.readAllBytes(original));
        events.clear();
        assertThat(copyToBucket().isNew()).isFalse();
        assertThat(events).contains("Phase: verifying");
    }

    @Test
    void otherArchiveUnderTheSameIdStays() throws IOException {
        bucket.create("b", null, new Job());
        byte[] before = bytes(bucket.archive("b"));

        BackupException taken = catchThrowableOfType(BackupException.class, this::copyToBucket);

        assertThat(taken.kind()).isEqualTo(Kind.ALREADY_EXISTS);
        assertThat(bytes(bucket.archive("b"))).isEqualTo(before);
    }

    @Test
    void damagedArchiveIsNeverVisibleInTheBucket() throws Exception {
        byte[] content = Files.readAllBytes(original);
        content[content.length - 5] ^= 1;
        Files.write(original, content);
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            BackupException refused = failure(proxy);

            assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(refused.effect()).contains(Effect.NO_ARCHIVE);
            assertThat(proxy.requests()).noneMatch(request -> request.isComplete() && !request.isProbe());
        }
        assertNothingLeft();
    }

    @Test
    void damagedArchiveInABucketIsNotCopied() throws IOException {
        byte[] content = Files.readAllBytes(original);
        content[content.length / 2] ^= 1;
        put(service.root().archive(new BackupId("b")).path(), content);
        Path other = Files.createDirectory(directory.resolve("other"));

        BackupException refused = catchThrowableOfType(
                BackupException.class, () -> copy(bucket, "b", other.toString(), Settings.of(Map.of())));

        assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(other.toFile().list()).containsExactly(".ngbak");
        assertThat(other.resolve(".ngbak/spool")).isEmptyDirectory();
    }

    @Test
    void copyContinuesWhenConnectionsBreak() throws Exception {
        put(service.root().archive(new BackupId("b")).path(), Files.readAllBytes(original));
        AtomicInteger broken = new AtomicInteger();
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.plan(request -> {
                boolean isLargeRead =
                        request.method().equals("GET") && request.target().endsWith("b.ngbak");
                if (isLargeRead && broken.get() < 4 && broken.incrementAndGet() == 4) {
                    return FaultProxy.breakAnswerAfter(3 << 20);
                }
                return request.isPart(2) && broken.compareAndSet(4, 5) ? FaultProxy.breakBefore() : Fault.NONE;
            });
            Settings through = service.settings()
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            String prefix = "s3://" + service.bucket() + "/prod/vault";

            copy(new BackupManager(system.settings(through)), "b", prefix, through);

            assertThat(broken).hasValue(5);
            assertThat(proxy.requests())
                    .as("a key that may not delete archives is enough")
                    .filteredOn(request -> request.method().equals("DELETE"))
                    .allMatch(FaultProxy.Request::isProbe);
            assertThat(bytes(new BackupManager(
                                    system.settings(service.settings()).with("BACKUP_REPOSITORY", prefix))
                            .archive("b")))
                    .isEqualTo(Files.readAllBytes(original));
        }
    }

    @Test
    void copyThatCannotContinueLeavesNothing() throws Exception {
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.plan(request -> request.isPart(2) ? FaultProxy.error(403, "AccessDenied") : Fault.NONE);
            BackupException refused = failure(proxy);
            assertThat(refused.kind()).isEqualTo(Kind.INVALID);
            assertThat(refused.effect()).contains(Effect.NO_ARCHIVE);
        }
        assertNothingLeft();
    }

    @Test
    void cancelledCopyLeavesNothing() throws Exception {
        Job job = new Job();
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.plan(request -> {
                if (request.isPart(1) && !request.isProbe()) {
                    job.cancel();
                }
                return Fault.NONE;
            });
            Settings through = service.settings()
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            BackupException cancelled = catchThrowableOfType(
                    BackupException.class,
                    () -> folder.copy(folder.archive("b"), service.root().toString(), through, job));
            assertThat(cancelled.kind()).isEqualTo(Kind.CANCELLED);
        }
        assertNothingLeft();
    }

    @Test
    void bucketIsLockedAndTheFolderIsNot() throws IOException {
        S3Repository elsewhere = service.repository(new StateDirectory(directory.resolve("elsewhere/.ngbak")));
        try (RepositoryLock lock = elsewhere.lock("a backup on another machine")) {
            BackupException busy = catchThrowableOfType(BackupException.class, this::copyToBucket);
            assertThat(busy.kind()).isEqualTo(Kind.BUSY);
            assertThat(busy).hasMessageContaining("a backup on another machine");
        }
        try (RepositoryLock lock = folder.repository().lock("a backup here")) {
            assertThat(copyToBucket().isNew()).isTrue();
        }
    }

    @Test
    void localSafetyArchiveIsCopied() throws IOException {
        bucket.create("small", null, new Job());
        system.damage();
        String safety = bucket.restore(RestoreRequest.builder("small").build()).safetyArchive();
        String prefix = "s3://" + service.bucket() + "/prod/vault";

        CopyResult copied = copy(bucket, safety, prefix, service.settings());

        assertThat(copied.archive().location()).isEqualTo(prefix + "/" + safety + ".ngbak");
    }

    /** Does what a killed process does: it neither completes nor aborts its upload. */
    @Test
    @Timeout(60)
    void nextCopyAbortsAnAbandonedUpload() throws Exception {
        Repositories.WithState other = Repositories.openOther(
                service.root().toString(), service.settings(), new StateDirectory(directory.resolve("backups/.ngbak")));
        try (RepositoryLock lock = other.repository().lock("a copy that is killed")) {
            other.repository()
                    .create(new BackupId("b"))
                    .channel(1)
                    .write(ByteBuffer.wrap(Files.readAllBytes(original)));
        }
        while (service.openUploads().isEmpty()) {
            Thread.sleep(20); // The first part is sent by another thread.
        }

        assertThat(copyToBucket().isNew()).isTrue();

        assertSpoolIsEmpty();
    }

    private void assertSpoolIsEmpty() throws IOException {
        assertThat(service.openUploads()).isEmpty();
        try (Stream<Path> spools =
                Files.find(directory.resolve("backups/.ngbak"), 9, (path, file) -> path.endsWith("spool"))) {
            assertThat(spools)
                    .singleElement()
                    .satisfies(spool -> assertThat(spool).isEmptyDirectory());
        }
    }

    /** Copies in a process of its own. */
    static final class Copy {
        private Copy() {}

        public static void main(String[] arguments) {
            new BackupManager(Settings.fromEnvironment())
                    .copy(CopyRequest.builder(arguments[0], arguments[1]).build());
        }
    }

    @Test
    @Tag("full")
    void nextCopyCleansUpAfterAKilledOne() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.plan(request -> request.isPart(2) ? FaultProxy.answerAndThen(reached::countDown) : Fault.NONE);
            // The same settings for the next copy, which has to find what this one left.
            Settings through = service.settings()
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            ProcessBuilder command = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Copy.class.getName(),
                    original.toString(),
                    service.root().toString());
            Settings all = system.settings(through).with("BACKUP_REPOSITORY", "");
            all.names().forEach(name -> command.environment().put(name, all.text(name, "")));
            Process process = command.inheritIO().start();
            while (!reached.await(100, TimeUnit.MILLISECONDS)) {
                assertThat(process.isAlive()).isTrue();
            }
            process.destroyForcibly().waitFor();
            assertThat(service.openUploads()).hasSize(1);
            proxy.plan(request -> Fault.NONE);

            assertThat(copy(folder, "b", service.root().toString(), through).isNew())
                    .isTrue();
        }
        assertSpoolIsEmpty();
    }
}
