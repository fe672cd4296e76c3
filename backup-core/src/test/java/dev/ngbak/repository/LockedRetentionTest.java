package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retention in a repository that refuses to delete some archives. */
class LockedRetentionTest {

    @TempDir
    private Path directory;

    private static final SourceSystem SYSTEM = new SourceSystem(SourceSystem.NANO_GRAPHRAG, "unknown", null);

    private final ArchiveRepository repository = mock();
    private Retention retention;

    @BeforeEach
    void create() {
        StateDirectory state = new StateDirectory(directory.resolve(".ngbak"));
        when(repository.sidecars()).thenReturn(new LocalSidecars(state));
        retention = new Retention(repository, new VerificationRecords(state, Clock.systemUTC()), SYSTEM);
    }

    private static ArchiveInfo archive(String id) {
        Manifest manifest = mock();
        when(manifest.system()).thenReturn(SYSTEM);
        when(manifest.statistics()).thenReturn(Map.of("documents", 1L));
        return new ArchiveInfo(
                id, "s3://b/" + id, 1, Instant.EPOCH, Instant.EPOCH, manifest, "{}", null, null, ArchiveMarks.NONE);
    }

    /** @param ids the newest first */
    private List<ArchiveInfo> contains(String... ids) throws IOException {
        List<ArchiveInfo> archives =
                Stream.of(ids).map(LockedRetentionTest::archive).toList();
        when(repository.list()).thenReturn(archives);
        return archives;
    }

    private void refuse(Kind kind, String... ids) throws IOException {
        for (String id : ids) {
            doThrow(new BackupException(kind, "The archive " + id + " is locked until tomorrow", ""))
                    .when(repository)
                    .delete(new BackupId(id));
        }
    }

    private Retention.Outcome keepOne(ArchiveInfo newest) throws IOException {
        return retention.apply(retention.plan(KeepPolicy.last(1), newest));
    }

    @Test
    void lockedArchivesStayAndTheOthersAreDeleted() throws IOException {
        ArchiveInfo newest = contains("e", "d", "c", "b", "a").get(0);
        refuse(Kind.LOCKED, "d", "b");
        Retention.Outcome outcome = keepOne(newest);
        assertThat(outcome.deleted()).containsExactly("c", "a");
        assertThat(outcome.lockedNotice().orElseThrow())
                .isEqualTo(
                        "Old archives that cannot be deleted yet: 2. The archive b is locked until tomorrow. The archive d is"
                                + " locked until tomorrow. Each is deleted by the first job after its lock has ended.");
        verify(repository, times(4)).delete(any());
    }

    @Test
    void noticeNamesOnlyTheOldest() throws IOException {
        ArchiveInfo newest = contains("f", "e", "d", "c", "b", "a").get(0);
        refuse(Kind.LOCKED, "e", "d", "c", "b", "a");
        assertThat(keepOne(newest).lockedNotice().orElseThrow())
                .contains("archive a")
                .contains("archive c is locked until tomorrow. 2 more are locked. ")
                .doesNotContain("archive d");
    }

    @Test
    void lockedSafetyArchivesAreReportedToo() throws IOException {
        contains("pre-restore_5", "pre-restore_4", "pre-restore_3", "pre-restore_2", "pre-restore_1");
        refuse(Kind.LOCKED, "pre-restore_2");
        Retention.Outcome outcome = retention.applyToSafetyArchives(Set.of());
        assertThat(outcome.deleted()).containsExactly("pre-restore_1");
        assertThat(outcome.lockedNotice()).isPresent();
    }

    @Test
    void anyOtherFailureIsReported() throws IOException {
        ArchiveInfo newest = contains("b", "a").get(0);
        refuse(Kind.UNREACHABLE, "a");
        assertThatExceptionOfType(BackupException.class).isThrownBy(() -> keepOne(newest));
    }

    @Test
    void nothingIsSaidIfNothingIsLocked() throws IOException {
        ArchiveInfo newest = contains("b", "a").get(0);
        assertThat(keepOne(newest).lockedNotice()).isEmpty();
    }
}
