package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.s3.FaultProxy.Fault;
import dev.ngbak.s3.FaultProxy.Request;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Breaks each step of an upload and of a download: the outcome is a whole archive, or none and nothing left over. */
class S3FaultTest {

    private static final BackupId ID = new BackupId("victim");
    private static final byte[] CONTENT = new byte[(8 << 20) + 100_000];

    private static S3Service service;

    @TempDir
    private Path directory;

    private FaultProxy proxy;
    private S3Repository repository;

    @BeforeAll
    static void startService() throws Exception {
        service = S3Service.s3proxy();
        new Random(1).nextBytes(CONTENT);
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void start() throws IOException {
        service.useNewBucket();
        proxy = new FaultProxy(service.endpoint());
        repository = through(proxy, "BACKUP_S3_REGION", "us-east-1");
    }

    @AfterEach
    void stop() throws IOException {
        repository.close();
        proxy.close();
    }

    private S3Repository through(FaultProxy faults, String setting, String value) {
        return open(service.settings()
                .with("BACKUP_S3_ENDPOINT", faults.endpoint().toString())
                .with(setting, value));
    }

    private S3Repository open(Settings settings) {
        return new S3Repository(
                service.root(), service.connection(settings), new StateDirectory(directory.resolve("backups/.ngbak")));
    }

    private ReadableArchive upload() throws IOException {
        try (RepositoryLock lock = repository.lock("a test");
                ArchiveUpload upload = repository.create(ID)) {
            WritableByteChannel channel = upload.channel(CONTENT.length);
            ByteBuffer bytes = ByteBuffer.wrap(CONTENT);
            while (bytes.hasRemaining()) {
                channel.write(bytes.slice().limit(Math.min(bytes.remaining(), 300_000)));
                bytes.position(bytes.position() + Math.min(bytes.remaining(), 300_000));
            }
            return upload.commit(written -> assertThat(read(written)).isEqualTo(CONTENT));
        }
    }

    private static byte[] read(ReadableArchive archive) throws IOException {
        try (InputStream in = archive.read(0)) {
            return in.readAllBytes();
        }
    }

    /** Breaks the first {@code times} requests of a kind. */
    private void breakRequests(Predicate<Request> which, int times, Supplier<Fault> fault) {
        AtomicInteger left = new AtomicInteger(times);
        proxy.plan(request -> which.test(request) && left.getAndDecrement() > 0 ? fault.get() : Fault.NONE);
    }

    private static BackupException failure(ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    private void assertWhole(ReadableArchive archive) throws IOException {
        assertThat(read(archive)).isEqualTo(CONTENT);
        assertNothingLeft();
    }

    private void assertNone() throws IOException {
        proxy.plan(request -> Fault.NONE);
        assertThat(repository.contains(ID)).isFalse();
        repository.lock("the next job").close();
        assertNothingLeft();
    }

    private void assertNothingLeft() {
        assertThat(service.openUploads()).isEmpty();
        assertThat(directory.resolve("backups/.ngbak/s3-uploads")).isEmptyDirectory();
        assertThat(directory.resolve("backups/.ngbak/spool")).isEmptyDirectory();
    }

    @Test
    void brokenConnectionsInEachStepOfAnUploadAreSurvived() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        // Every second request breaks before it arrives.
        proxy.plan(request -> requests.getAndIncrement() % 2 == 0 ? FaultProxy.breakBefore() : Fault.NONE);
        assertWhole(upload());
    }

    /** The moments of an upload in which the connection breaks for good. */
    private enum Moment {
        CREATE(Request::isCreate),
        FIRST_PART(request -> request.isPart(1)),
        LAST_PART(request -> request.isPart(2)),
        COMPLETE(Request::isComplete);

        private final Predicate<Request> request;

        Moment(Predicate<Request> request) {
            this.request = request;
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatBreaksForGoodFailsAndLeavesNothing(Moment moment) throws IOException {
        breakRequests(moment.request, Integer.MAX_VALUE, FaultProxy::breakBefore);
        BackupException e = failure(this::upload);
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e).hasMessageContaining("BACKUP_S3_ENDPOINT");
        assertNone();
    }

    @Test
    void lostAnswerToTheFirstRequestOfAnUploadLeavesNoSecondUpload() throws IOException {
        breakRequests(Request::isCreate, 1, () -> FaultProxy.breakAnswerAfter(0));
        assertWhole(upload());
    }

    @Test
    void lostAnswerToAPartIsSurvived() throws IOException {
        breakRequests(request -> request.isPart(2), 2, () -> FaultProxy.breakAnswerAfter(20));
        assertWhole(upload());
    }

    @Test
    void partThatIsCorruptedInTransitIsSentAgain() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        proxy.plan(request -> request.isPart(1) && sent.getAndIncrement() == 0 ? FaultProxy.flipBit() : Fault.NONE);
        assertWhole(upload());
        assertThat(sent.get()).isGreaterThan(1);
    }

    @Test
    void partThatTheServiceFoundCorruptedIsSentAgain() throws IOException {
        breakRequests(request -> request.isPart(1), 2, () -> FaultProxy.error(400, "BadDigest"));
        assertWhole(upload());
    }

    @Test
    void partThatIsAlwaysCorruptedFailsAndLeavesNothing() throws IOException {
        breakRequests(request -> request.isPart(1), Integer.MAX_VALUE, () -> FaultProxy.error(400, "BadDigest"));
        BackupException e = failure(this::upload);
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e).hasMessageContaining("corrupted on the way");
        assertNone();
    }

    @Test
    void errorAfterTheArchiveWasMadeIsRecognizedAsSuccess() throws IOException {
        breakRequests(Request::isComplete, 1, () -> FaultProxy.errorAfterSuccess(500, "InternalError"));
        assertWhole(upload());
    }

    @Test
    void lostAnswerToTheLastRequestIsRecognizedAsSuccess() throws IOException {
        breakRequests(Request::isComplete, 1, () -> FaultProxy.breakAnswerAfter(0));
        assertWhole(upload());
    }

    @Test
    void errorInsideASuccessfulAnswerIsAFailure() throws IOException {
        breakRequests(
                Request::isComplete,
                Integer.MAX_VALUE,
                () -> FaultProxy.answer(200, "<Error><Code>InternalError</Code><Message>a test</Message></Error>"));
        assertThat(failure(this::upload).kind()).isEqualTo(Kind.UNREACHABLE);
        assertNone();
    }

    @Test
    void confirmationOfAnArchiveThatIsNotThereIsAFailure() throws IOException {
        breakRequests(
                Request::isComplete,
                Integer.MAX_VALUE,
                () -> FaultProxy.answer(
                        200, "<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>"));
        assertThat(failure(this::upload)).hasMessageContaining("confirmed the archive victim.ngbak");
        assertNone();
    }

    @Test
    void serviceThatVanishesBeforeTheLastRequestLeavesTheOutcomeUnknown() throws IOException {
        AtomicInteger gone = new AtomicInteger();
        proxy.plan(request -> {
            if (request.isComplete()) {
                gone.set(1);
            }
            return gone.get() == 1 ? FaultProxy.breakBefore() : Fault.NONE;
        });
        BackupException e = failure(this::upload);
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e.effect()).contains(Effect.ARCHIVE_UNKNOWN);
        assertNone();
    }

    @Test
    void archiveThatAppearsDuringTheUploadIsNotReplaced() throws IOException {
        String key = service.root().archive(ID).path();
        proxy.plan(request -> {
            if (request.isComplete()) {
                service.connection()
                        .call(
                                "put",
                                s3 -> s3.putObject(
                                        r -> r.bucket(service.bucket()).key(key),
                                        software.amazon.awssdk.core.sync.RequestBody.fromString("other")));
            }
            return Fault.NONE;
        });
        assertThat(failure(this::upload).kind()).isEqualTo(Kind.ALREADY_EXISTS);
        assertThat(read(repository.open(ID))).asString().isEqualTo("other");
        assertNothingLeft();
    }

    @Test
    void slowDownIsSurvivedIfItEnds() throws IOException {
        breakRequests(request -> request.isPart(1), 3, () -> FaultProxy.error(503, "SlowDown"));
        assertWhole(upload());
    }

    @Test
    void slowDownWithoutEndFailsAndLeavesNothing() throws IOException {
        breakRequests(request -> request.isPart(2), Integer.MAX_VALUE, () -> FaultProxy.error(503, "SlowDown"));
        BackupException e = failure(this::upload);
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e).hasMessageContaining("503 SlowDown");
        assertNone();
    }

    @Test
    void credentialsThatExpireDuringTheUploadFailAndLeaveNothing() throws IOException {
        AtomicInteger expired = new AtomicInteger();
        proxy.plan(request -> {
            expired.compareAndSet(0, request.isPart(2) ? 1 : 0);
            return expired.get() == 1 ? FaultProxy.error(403, "ExpiredToken") : Fault.NONE;
        });
        BackupException e = failure(this::upload);
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("expired").hasMessageContaining("BACKUP_S3_ACCESS_KEY");
        assertThat(service.openUploads()).hasSize(1);
        assertNone();
    }

    @Test
    void readingContinuesWhereTheConnectionBroke() throws IOException {
        ReadableArchive archive = upload();
        AtomicInteger breaks = new AtomicInteger();
        proxy.plan(request -> breaks.getAndIncrement() < 4 ? FaultProxy.breakAnswerAfter(1 << 20) : Fault.NONE);
        proxy.requests().clear();
        assertThat(read(archive)).isEqualTo(CONTENT);
        assertThat(proxy.requests()).hasSizeBetween(4, 6);
    }

    @Test
    void readingFailsIfTheConnectionBreaksTooOften() throws IOException {
        ReadableArchive archive = upload();
        proxy.plan(request -> FaultProxy.breakAnswerAfter(2_000));
        BackupException e = failure(() -> read(archive));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e).hasMessageContaining("broke 8 times");
    }

    @Test
    void archiveThatIsReplacedWhileItIsReadIsRefused() throws IOException {
        ReadableArchive archive = upload();
        try (InputStream in = archive.read(0)) {
            assertThat(in.readNBytes(1000)).isEqualTo(Arrays.copyOf(CONTENT, 1000));
            service.connection()
                    .call(
                            "put",
                            s3 -> s3.putObject(
                                    r -> r.bucket(service.bucket())
                                            .key(service.root().archive(ID).path()),
                                    software.amazon.awssdk.core.sync.RequestBody.fromBytes(new byte[CONTENT.length])));
            BackupException e = failure(in::readAllBytes);
            assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(e).hasMessageContaining("replaced");
        }
    }

    @Test
    void serviceThatIgnoresRangesIsRefused() throws IOException {
        ReadableArchive archive = upload();
        proxy.plan(request -> FaultProxy.answer(200, "x".repeat(100)));
        assertThat(failure(() -> read(archive)).kind()).isEqualTo(Kind.INCOMPATIBLE);
    }

    @Test
    void refusalNamesTheSettingToCorrect() {
        assertRefusal("NoSuchBucket", 404, Kind.INVALID, "BACKUP_REPOSITORY");
        assertRefusal("PermanentRedirect", 301, Kind.INVALID, "BACKUP_S3_REGION");
        assertRefusal("AuthorizationHeaderMalformed", 400, Kind.INVALID, "BACKUP_S3_REGION");
        assertRefusal("InvalidAccessKeyId", 403, Kind.INVALID, "BACKUP_S3_ACCESS_KEY");
        assertRefusal("AccessDenied", 403, Kind.INVALID, "docs/OBJECT-STORAGE.md");
        assertRefusal("RequestTimeTooSkewed", 403, Kind.INVALID, "clock");
        assertRefusal("ServiceUnavailable", 503, Kind.UNREACHABLE, "503 ServiceUnavailable");
        assertRefusal("QuotaExceeded", 403, Kind.NO_SPACE, "full");
        assertRefusal("NotImplemented", 501, Kind.INCOMPATIBLE, "lacks");
    }

    private void assertRefusal(String code, int status, Kind kind, String words) {
        proxy.plan(request -> FaultProxy.error(status, code));
        for (ThrowingCallable call : new ThrowingCallable[] {repository::list, () -> repository.ids()}) {
            BackupException e = failure(call);
            assertThat(e.kind()).as(code).isEqualTo(kind);
            assertThat(e).hasMessageContaining(words);
        }
    }

    @Test
    void wrongSecretKeyIsNamedButNotShown() {
        BackupException e = failure(through(proxy, "BACKUP_S3_SECRET_KEY", "another-marker")::list);
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e)
                .hasMessageContaining("BACKUP_S3_SECRET_KEY")
                .hasMessageNotContaining("another-marker")
                .hasMessageNotContaining(S3Service.ACCESS_KEY);
    }

    @Test
    void reasonIsFoundThoughAnAnswerToHeadHasNone() {
        proxy.plan(request ->
                request.method().equals("HEAD") ? FaultProxy.answer(403, "") : FaultProxy.error(403, "ExpiredToken"));
        assertThat(failure(() -> repository.contains(ID))).hasMessageContaining("expired");
    }

    @Test
    void unreachableServiceIsNamed() throws IOException {
        // The port stays bound while the client tries again, so that no other process can get it and answer.
        try (Socket refusing = new Socket()) {
            refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String endpoint = "http://127.0.0.1:" + refusing.getLocalPort();
            BackupException e = failure(open(service.settings().with("BACKUP_S3_ENDPOINT", endpoint))::list);
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e).hasMessageContaining(endpoint).hasMessageContaining("BACKUP_S3_ENDPOINT");
        }
    }

    @Test
    void problemIsReportedBeforeAnythingIsDone() throws IOException {
        assertThat(repository.problem()).isEmpty();
        proxy.plan(request -> FaultProxy.error(404, "NoSuchBucket"));
        assertThat(repository.problem())
                .hasValueSatisfying(e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }
}
