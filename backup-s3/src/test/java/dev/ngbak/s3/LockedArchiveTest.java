package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A service that knows no locks, with a proxy that answers as if it did. {@link ObjectLockTest} uses real ones. */
class LockedArchiveTest {

    private static final BackupId ID = new BackupId("first");

    private static final FaultProxy.Fault ENABLED = FaultProxy.answer(
            200, "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");

    private static S3Service service;

    @TempDir
    private Path directory;

    private FaultProxy proxy;

    @BeforeAll
    static void startService() throws Exception {
        service = S3Service.s3proxyThatIgnoresLocks();
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void start() throws IOException {
        service.useNewBucket();
        proxy = new FaultProxy(service.endpoint());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
    }

    private S3Repository repository(String lock) {
        Settings settings = service.settings()
                .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString())
                .with("BACKUP_S3_OBJECT_LOCK", lock);
        return new S3Repository(
                service.root(), service.connection(settings), new StateDirectory(directory.resolve(".ngbak")));
    }

    private static BackupException failure(ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    private static void upload(S3Repository repository, ArchiveUpload.Check check) throws IOException {
        try (ArchiveUpload upload = repository.create(ID)) {
            upload.channel(3).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            upload.commit(check);
        }
    }

    /** Answers a question for the archive with these headers, and confirms every deletion. */
    private void describeArchive(String headers) {
        describeArchive(headers, FaultProxy.answer(204, "Content-Length: 0", ""));
    }

    private void describeArchive(String headers, FaultProxy.Fault deletion) {
        proxy.plan(request -> switch (request.method()) {
            case "HEAD" -> description(headers);
            case "DELETE" -> deletion;
            default -> FaultProxy.Fault.NONE;
        });
    }

    private static FaultProxy.Fault description(String headers) {
        return FaultProxy.answer(
                200,
                "Content-Length: 3\r\nETag: \"x\"\r\nLast-Modified: Mon, 30 Nov 2026 10:00:00 GMT\r\n" + headers,
                "");
    }

    private List<String> deletions() {
        return proxy.requests().stream()
                .filter(request ->
                        request.method().equals("DELETE") && !request.target().contains("uploadId"))
                .map(FaultProxy.Request::target)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-amz-object-lock-mode: GOVERNANCE | s3:BypassGovernanceRetention",
                "x-amz-object-lock-mode: COMPLIANCE | Nobody can delete it earlier"
            })
    void lockedArchiveIsRefusedWithItsDateAndNoDeletionIsSent(String mode, String remedy) {
        describeArchive(
                mode + "\r\nx-amz-object-lock-retain-until-date: 2126-12-30T11:22:33.5Z\r\nx-amz-version-id: v1");
        BackupException e = failure(() -> repository("").delete(ID));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(e)
                .hasMessageContaining("The archive first is locked until 2126-12-30 11:22:33 UTC")
                .hasMessageContaining(remedy);
        assertThat(deletions()).isEmpty();
    }

    @Test
    void theTimeOfTheServiceDecides() throws IOException {
        describeArchive("Date: Fri, 01 Mar 2126 00:00:00 GMT\r\nx-amz-object-lock-mode: COMPLIANCE\r\n"
                + "x-amz-object-lock-retain-until-date: 2126-02-28T23:59:59Z\r\nx-amz-version-id: v1");
        repository("").delete(ID);
        assertThat(deletions()).singleElement().asString().endsWith("?versionId=v1");
    }

    @Test
    void legalHoldIsRefused() {
        describeArchive("x-amz-object-lock-legal-hold: ON");
        assertThat(failure(() -> repository("").delete(ID)))
                .hasMessageContaining("The archive first is locked by a legal hold");
        assertThat(deletions()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | AccessDenied | Access Denied because object protected by object lock.",
                "400 | InvalidRequest | Object is WORM protected and cannot be overwritten",
                "400 | ObjectLocked | any text"
            })
    void lockThatOnlyTheDeletionShowsIsReported(int status, String code, String message) {
        describeArchive(
                "Connection: close",
                FaultProxy.answer(
                        status, "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>"));
        BackupException e = failure(() -> repository("").delete(ID));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(e)
                .hasMessageContaining("Cannot delete the archive first")
                .hasMessageContaining("does not say until when");
    }

    @Test
    void archiveThatFailsItsCheckAndIsLockedStaysAndTheMessageSaysSo() {
        proxy.plan(request -> request.method().equals("HEAD") && wasCompleted()
                ? description("x-amz-meta-ngbak-upload: " + header(creation(), "x-amz-meta-ngbak-upload")
                        + "\r\nx-amz-object-lock-mode: COMPLIANCE\r\n"
                        + "x-amz-object-lock-retain-until-date: 2126-12-30T11:22:33Z")
                : FaultProxy.Fault.NONE);
        BackupException e = failure(() -> upload(repository("compliance:30d"), written -> {
            throw new BackupException(Kind.CORRUPT, "the archive is damaged", "");
        }));
        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(e.effect()).contains(Effect.ARCHIVE_UNKNOWN);
        assertThat(e)
                .hasMessageContaining("could not be checked, and could not be deleted either")
                .hasMessageContaining("locked until 2126-12-30 11:22:33 UTC")
                .hasMessageContaining("the archive is damaged")
                .hasMessageContaining("ngbak verify first");
        assertThat(deletions()).isEmpty();
    }

    private boolean wasCompleted() {
        return proxy.requests().stream().anyMatch(FaultProxy.Request::isComplete);
    }

    private FaultProxy.Request creation() {
        return proxy.requests().stream()
                .filter(FaultProxy.Request::isCreate)
                .findFirst()
                .orElseThrow();
    }

    private static String header(FaultProxy.Request request, String name) {
        Matcher header = Pattern.compile("(?im)^" + name + ": *(.+?)\r?$").matcher(request.head());
        assertThat(header.find()).as(name).isTrue();
        return header.group(1);
    }

    @Test
    void uploadAsksForTheLockAndAnArchiveWithoutItIsDeleted() throws IOException {
        BackupException e = failure(() -> upload(repository("governance:30d"), written -> {}));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e)
                .hasMessageContaining("shows no lock on the archive")
                .hasMessageContaining("BACKUP_S3_OBJECT_LOCK");
        assertThat(repository("").ids()).isEmpty();

        assertThat(header(creation(), "x-amz-object-lock-mode")).isEqualTo("GOVERNANCE");
        Instant until = Instant.parse(header(creation(), "x-amz-object-lock-retain-until-date"));
        assertThat(Duration.between(Instant.now(), until).plusDays(1).toDays()).isEqualTo(30);
        assertThat(proxy.requests())
                .filteredOn(request -> request.target().contains("partNumber"))
                .isNotEmpty()
                .allSatisfy(part -> header(part, "Content-MD5"));
    }

    @Test
    void periodBeginsAtTheTimeOfTheService() {
        proxy.plan(request -> request.method().equals("HEAD")
                ? FaultProxy.answer(404, "Date: Fri, 01 Mar 2126 00:00:00 GMT", "")
                : FaultProxy.Fault.NONE);
        failure(() -> upload(repository("governance:30d"), written -> {}));
        assertThat(header(creation(), "x-amz-object-lock-retain-until-date")).startsWith("2126-03-31T00:00:");
    }

    @Test
    void controlObjectsAreWrittenWithoutALockAndWithTheSumThatADefaultRetentionDemands() throws IOException {
        repository("").lock("a job").close();
        assertThat(proxy.requests())
                .filteredOn(request -> request.method().equals("PUT"))
                .hasSizeGreaterThan(3)
                .allSatisfy(request -> header(request, "Content-MD5"))
                .noneMatch(request -> request.head().contains("x-amz-object-lock"));
    }

    @Test
    void serviceWithoutObjectLockIsNotWrittenTo() {
        BackupException e = failure(() -> repository("governance:30d").lock("a job"));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e)
                .hasMessageContaining("BACKUP_S3_OBJECT_LOCK is set")
                .hasMessageContaining("would not be locked")
                .hasMessageContaining(service.bucket());
        assertThat(failure(() -> repository("governance:30d").examine()).kind()).isEqualTo(Kind.INCOMPATIBLE);
    }

    @Test
    void serviceThatIgnoresALockIsNotWrittenTo() {
        proxy.plan(request -> request.target().contains("object-lock") ? ENABLED : FaultProxy.Fault.NONE);
        BackupException e = failure(() -> repository("governance:30d").lock("a job"));
        assertThat(e).isNotNull().hasMessageContaining("the service").hasMessageContaining("ignores it");
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void bucketIsTestedAgainUntilItHasObjectLockAndThenNoMore() throws IOException {
        assertThat(failure(() -> repository("governance:30d").lock("a job"))).isNotNull();
        proxy.plan(request -> {
            if (request.method().equals("POST") && request.head().contains("x-amz-object-lock-mode")) {
                return FaultProxy.error(400, "InvalidArgument");
            }
            return request.target().contains("object-lock") ? ENABLED : FaultProxy.Fault.NONE;
        });
        repository("governance:30d").lock("a job").close();
        proxy.requests().clear();
        repository("governance:30d").lock("a job").close();
        assertThat(proxy.requests()).noneMatch(FaultProxy.Request::isProbe);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, [?&]object-lock, s3:GetBucketObjectLockConfiguration",
        "GET, [?&]retention, s3:GetObjectRetention",
        "POST, x-amz-object-lock-mode, s3:PutObjectRetention"
    })
    void missingPermissionIsNamedOnlyIfALockIsWanted(String method, String pattern, String permission)
            throws IOException {
        Pattern denied = Pattern.compile(pattern);
        proxy.plan(request -> {
            if (request.method().equals(method)
                    && denied.matcher(request.head()).find()) {
                return FaultProxy.error(403, "AccessDenied");
            }
            return request.target().contains("object-lock") ? ENABLED : FaultProxy.Fault.NONE;
        });
        BackupException e = failure(() -> repository("governance:30d").lock("a job"));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining(permission);
        repository("").lock("a job").close();
    }

    @Test
    void defaultRetentionWithoutVersionsIsRefused() {
        proxy.plan(request ->
                request.method().equals("DELETE") && !request.target().contains("uploadId")
                        ? FaultProxy.answer(
                                403,
                                "<Error><Code>AccessDenied</Code><Message>Access Denied because object protected by object"
                                        + " lock.</Message></Error>")
                        : FaultProxy.Fault.NONE);
        BackupException e = failure(() -> repository("").lock("a job"));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("Remove the default retention of the bucket");
    }
}
