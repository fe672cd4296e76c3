package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ObjectLockEnabled;
import software.amazon.awssdk.services.s3.model.ObjectLockRetentionMode;

/** Locks archives at a real service, which a subclass starts. */
abstract class ObjectLockTest {

    static S3Service service;

    @TempDir
    private Path directory;

    private final List<String> log = new ArrayList<>();
    private S3BackupTest.SampleSystem system;

    @AfterAll
    static void stop() throws Exception {
        if (service != null) {
            service.close();
            service = null;
        }
    }

    @BeforeEach
    void create() throws IOException {
        service.useNewLockingBucket();
        system = new S3BackupTest.SampleSystem(directory, 1 << 10);
    }

    BackupManager manager(String lock) {
        return new BackupManager(settings(lock));
    }

    private Settings settings(String lock) {
        return system.settings(service.settings()).with("BACKUP_S3_OBJECT_LOCK", lock);
    }

    private Job job() {
        return new Job(line -> log.add(line.message()));
    }

    HeadObjectResponse head(String id) {
        S3Location archive = service.root().archive(new BackupId(id));
        return service.connection().head("look", archive).orElseThrow();
    }

    private ListObjectVersionsResponse versions(String prefix) {
        return service.connection()
                .call(
                        "list",
                        s3 -> s3.listObjectVersions(r -> r.bucket(service.bucket())
                                .prefix(service.root().resolve(prefix).path())));
    }

    /** Lets the lock of an archive end now, with the special permission. */
    private void unlock(String id) throws InterruptedException {
        S3Connection connection = service.connection();
        connection.head("see the time", service.root().archive(new BackupId(id)));
        connection.call(
                "unlock",
                s3 -> s3.putObjectRetention(r -> r.bucket(service.bucket())
                        .key(service.root().archive(new BackupId(id)).path())
                        .bypassGovernanceRetention(true)
                        .retention(lock -> lock.mode(ObjectLockRetentionMode.GOVERNANCE)
                                .retainUntilDate(connection.now().plusMillis(2500)))));
        while (head(id).objectLockRetainUntilDate().isAfter(connection.now())) {
            Thread.sleep(50);
        }
        Thread.sleep(1000); // The clock of the service has seconds.
    }

    private static BackupException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    private static String day(HeadObjectResponse object) {
        return object.objectLockRetainUntilDate().toString().substring(0, 10);
    }

    @Test
    void lockedArchiveIsUsableAndDeletedWhenTheLockHasEnded() throws Exception {
        BackupManager manager = manager("governance:30d");
        Map<String, String> before = system.content();
        ArchiveInfo made = manager.create("first", null, job());

        HeadObjectResponse object = head("first");
        assertThat(object.objectLockModeAsString()).isEqualTo("GOVERNANCE");
        assertThat(object.objectLockRetainUntilDate())
                .isCloseTo(object.lastModified().plus(Duration.ofDays(30)), within(1, ChronoUnit.HOURS));
        assertThat(made.lockedUntil()).isEqualTo(object.objectLockRetainUntilDate());
        assertThat(manager.inspect(manager.archive("first")).lockedUntil())
                .isEqualTo(object.objectLockRetainUntilDate());
        assertThat(log).anyMatch(line -> line.startsWith("The repository keeps it locked until " + day(object)));

        BackupException e = failure(() -> manager.delete(new BackupId("first"), job()));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
        assertThat(e)
                .hasMessageContaining("The archive first is locked until " + day(object))
                .hasMessageContaining("UTC")
                .hasMessageContaining("s3:BypassGovernanceRetention");

        assertThat(manager.list()).extracting(ArchiveInfo::id).containsExactly("first");
        assertThat(manager.verify(manager.archive("first"), job()).decoded()).hasSize(3);
        system.damage();
        manager.restore(manager.archive("first"), RestoreOptions.DEFAULT, plan -> true, job());
        assertThat(system.content()).isEqualTo(before);

        unlock("first");
        manager.delete(new BackupId("first"), job());
        assertThat(versions("first").hasVersions())
                .as("nothing is left that costs money")
                .isFalse();
        assertThat(versions("first").hasDeleteMarkers()).isFalse();
        manager.create("first", null, job());
    }

    @Test
    void complianceCannotBeEndedEarlyAndNothingIsHidden() throws IOException {
        BackupManager manager = manager("compliance:1d");
        manager.create("first", null, job());
        for (int i = 0; i < 2; i++) {
            BackupException e = failure(() -> manager.delete(new BackupId("first"), job()));
            assertThat(e.kind()).isEqualTo(Kind.LOCKED);
            assertThat(e)
                    .hasMessageContaining("is locked until " + day(head("first")))
                    .hasMessageContaining("Nobody");
        }
        assertThat(versions("first").hasDeleteMarkers()).isFalse();
        assertThat(head("first").objectLockModeAsString()).isEqualTo("COMPLIANCE");
    }

    @Test
    void legalHoldIsRespected() throws IOException {
        BackupManager manager = manager("");
        manager.create("first", null, job());
        service.connection()
                .call(
                        "hold",
                        s3 -> s3.putObjectLegalHold(r -> r.bucket(service.bucket())
                                .key(service.root()
                                        .archive(new BackupId("first"))
                                        .path())
                                .legalHold(hold -> hold.status("ON"))));
        BackupException e = failure(() -> manager.delete(new BackupId("first"), job()));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(e).hasMessageContaining("legal hold");
        assertThat(manager.list()).hasSize(1);
    }

    @Test
    void retentionReportsWhatIsLockedAndDeletesItLater() throws Exception {
        BackupManager manager = new BackupManager(settings("governance:30d").with("BACKUP_RETENTION", "1"));
        manager.create("first", null, job());
        manager.create("second", null, job());
        assertThat(log)
                .anyMatch(line ->
                        line.startsWith("Old archives that cannot be deleted yet: 1. The archive first is locked"
                                + " until " + day(head("first"))));
        assertThat(manager.list()).hasSize(2);

        unlock("first");
        log.clear();
        manager.create("third", null, job());
        assertThat(manager.list()).extracting(ArchiveInfo::id).containsExactly("third", "second");
        assertThat(versions("first").hasVersions()).isFalse();
        assertThat(log)
                .anyMatch(line -> line.startsWith("Deleted the old backup first"))
                .anyMatch(line -> line.contains("yet: 1. The archive second is locked"));
    }

    @Test
    void safetyArchivesAreLockedAndReportedToo() throws IOException {
        BackupManager manager = new BackupManager(settings("governance:30d").with("BACKUP_SAFETY", "repository"));
        manager.create("first", null, job());
        for (int i = 0; i < 4; i++) {
            system.damage();
            manager.restore(manager.archive("first"), RestoreOptions.DEFAULT, plan -> true, job());
        }
        assertThat(manager.list()).hasSize(5);
        assertThat(log)
                .filteredOn(
                        line -> line.startsWith("Old archives that cannot be deleted yet: 1. The archive pre-restore_"))
                .hasSize(1);
    }

    @Test
    void controlObjectsAreNotLocked() throws Exception {
        S3Lease.Timing often = new S3Lease.Timing(Duration.ofSeconds(20), Duration.ofMillis(50), Duration.ofSeconds(1));
        StateDirectory state = new StateDirectory(directory.resolve(".ngbak"));
        S3Connection connection = service.connection(settings("compliance:30d"));
        S3Repository repository = new S3Repository(service.root(), connection, state, often);
        try (RepositoryLock lock = repository.lock("a job")) {
            while (versions(".ngbak/lock").versions().size() < 3) {
                Thread.sleep(20);
            }
        }
        repository.lock("the next job").close();
        assertThat(versions(".ngbak/").versions())
                .as("versions of the lease; the probe is deleted for good")
                .allSatisfy(version -> {
                    assertThat(version.key()).endsWith("/.ngbak/lock");
                    service.connection()
                            .call(
                                    "delete",
                                    s3 -> s3.deleteObject(r -> r.bucket(service.bucket())
                                            .key(version.key())
                                            .versionId(version.versionId())));
                });
        assertThat(versions(".ngbak/").hasVersions()).isFalse();
        assertThat(versions(".ngbak/").hasDeleteMarkers()).isFalse();
    }

    @Test
    void bucketWithADefaultRetentionWorksAndIsReported() throws IOException {
        service.connection()
                .call(
                        "set a default",
                        s3 -> s3.putObjectLockConfiguration(r -> r.bucket(service.bucket())
                                .objectLockConfiguration(lock -> lock.objectLockEnabled(ObjectLockEnabled.ENABLED)
                                        .rule(rule -> rule.defaultRetention(byDefault -> byDefault
                                                .mode(ObjectLockRetentionMode.GOVERNANCE)
                                                .days(1))))));
        BackupManager manager = manager("");
        assertThat(manager.repository().examine())
                .singleElement()
                .asString()
                .contains("default retention")
                .contains("BACKUP_S3_OBJECT_LOCK");
        manager.create("first", null, job());
        manager.create("second", null, job());
        BackupException e = failure(() -> manager.delete(new BackupId("first"), job()));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(manager.list()).hasSize(2);
        assertThat(manager.verify(manager.archive("first"), job()).decoded()).hasSize(3);
    }

    @Test
    void bucketWithoutObjectLockIsRefused() {
        service.useNewBucket();
        BackupException e = failure(() -> manager("governance:30d").create("first", null, job()));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e)
                .hasMessageContaining("BACKUP_S3_OBJECT_LOCK")
                .hasMessageContaining("No archive was made")
                .hasMessageContaining(service.bucket());
        assertThat(manager("").list()).isEmpty();
        assertThat(manager("").create("first", null, job()).lockedUntil()).isNull();
        assertThat(failure(() -> manager("governance:30d").create("second", null, job()))
                        .kind())
                .as("the outcome of a test without the setting does not count")
                .isEqualTo(Kind.INCOMPATIBLE);
    }
}
