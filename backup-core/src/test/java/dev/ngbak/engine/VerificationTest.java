package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Verification;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests how outcomes of verifications are recorded, and what a plan compares. */
class VerificationTest extends ThreeStores {

    private Verification outcome(String id) {
        return manager().list().stream()
                .filter(archive -> archive.id().equals(id))
                .findFirst()
                .orElseThrow()
                .verification();
    }

    /** Flips a bit of the payload, but not of the manifest, and keeps the time of the file. */
    private Path damage(String id) throws IOException {
        Path file = folder.resolve(id + ".ngbak");
        FileTime modified = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 1;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, modified);
        return file;
    }

    @Test
    void newBackupIsVerified() {
        ArchiveInfo made = manager().create("b", null, new Job());

        Verification verified = new Verification(now.get(), true, null);
        assertThat(made.verification()).isEqualTo(verified);
        assertThat(outcome("b")).isEqualTo(verified);
        assertThat(manager().verify(archive(made), new Job()).archive().verification())
                .isEqualTo(verified);
    }

    @Test
    void failedVerificationIsRecorded() throws IOException {
        manager().create("b", null, new Job());
        Path file = damage("b");
        now.updateAndGet(time -> time.plusSeconds(3600));

        BackupException refused = failure(() -> manager().verify(archive(file), new Job()));

        assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(outcome("b")).isEqualTo(new Verification(now.get(), false, refused.problem()));
    }

    @Test
    void planThatFindsDamageRecordsTheOutcome() throws IOException {
        manager().create("b", null, new Job());
        Path file = damage("b");

        assertThat(failure(() -> manager().plan(archive(file), RestoreOptions.DEFAULT, new Job()))
                        .kind())
                .isEqualTo(Kind.CORRUPT);

        assertThat(outcome("b").ok()).isFalse();
    }

    @Test
    void replacedArchiveHasNoOutcome() throws IOException {
        manager().create("b", null, new Job());
        Path file = folder.resolve("b.ngbak");

        Files.setLastModifiedTime(file, FileTime.fromMillis(1));

        assertThat(outcome("b")).isNull();
    }

    @Test
    void deletionDeletesTheOutcome() {
        manager().create("b", null, new Job());
        manager().delete(new BackupId("b"), new Job());

        assertThat(folder.resolve(".ngbak/verified")).isEmptyDirectory();
    }

    @Test
    void nextJobDeletesTheOutcomeOfAnArchiveDeletedByHand() throws IOException {
        manager().create("b", null, new Job());
        Files.delete(folder.resolve("b.ngbak"));
        manager().create("c", null, new Job());

        assertThat(folder.resolve(".ngbak/verified"))
                .isDirectoryContaining("glob:**c.json")
                .isDirectoryNotContaining("glob:**b.json");
    }

    @Test
    void damagedRecordMeansThatTheOutcomeIsUnknown() throws IOException {
        manager().create("b", null, new Job());
        Files.writeString(folder.resolve(".ngbak/verified/b.json"), "{");

        assertThat(outcome("b")).isNull();
    }

    @Test
    void archiveOutsideTheRepositoryIsNotRecorded() throws IOException {
        manager().create("b", null, new Job());
        Path outside = Files.copy(folder.resolve("b.ngbak"), temp.resolve("c.ngbak"));

        manager().verify(archive(outside), new Job());

        assertThat(folder.resolve(".ngbak/verified/c.json")).doesNotExist();
    }

    @Test
    void retentionDoesNotCountArchivesThatFailedTheirVerification() throws IOException {
        manager().create("b1", null, new Job());
        now.updateAndGet(time -> time.plusSeconds(60));
        manager().create("b2", null, new Job());
        Path damaged = damage("b2");
        assertThat(failure(() -> manager().verify(archive(damaged), new Job()))).isNotNull();
        now.updateAndGet(time -> time.plusSeconds(60));
        environment.put("BACKUP_RETENTION", "2");

        manager().create("b3", null, new Job());

        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b3", "b2", "b1");
    }

    /** A server stops a verification without activity, so hashing a large file must count as activity. */
    @Test
    void fileThatIsNotDecodedCausesActivity() {
        environment.put("BACKUP_COMPRESSION", "none");
        kv.lines.add("x".repeat(8 << 20));
        manager().create("b", null, new Job());
        kv.restorerIsMissing = true;
        Job job = new Job();

        assertThat(manager().verify(archive(folder.resolve("b.ngbak")), job).decoded())
                .doesNotContain(Role.KV);

        assertThat(job.activity()).isGreaterThan(100);
    }

    @Test
    void planComparesContentsOnRequest() {
        manager().create("b", null, new Job());
        Path file = folder.resolve("b.ngbak");
        kv.lines.set(0, "changed");

        RestorePlan counted = manager().plan(archive(file), RestoreOptions.DEFAULT, new Job());
        RestorePlan compared = manager().plan(archive(file), RestoreOptions.DEFAULT.comparingContents(), new Job());

        assertThat(counted.changes().values()).containsOnly(0L);
        assertThat(counted.contents()).isEmpty();
        assertThat(compared.contents())
                .isEqualTo(Map.of(
                        Role.GRAPH, RestorePlan.Content.EQUAL,
                        Role.VECTOR, RestorePlan.Content.EQUAL,
                        Role.KV, RestorePlan.Content.DIFFERENT));
    }

    @Test
    void unreadableStoreComparesAsUnknown() {
        manager().create("b", null, new Job());
        graph.broken = "cut off";

        RestorePlan plan = manager()
                .plan(archive(folder.resolve("b.ngbak")), RestoreOptions.DEFAULT.comparingContents(), new Job());

        assertThat(plan.contents()).containsEntry(Role.GRAPH, RestorePlan.Content.UNKNOWN);
    }

    @Test
    void planNamesTheTargets() {
        manager().create("b", null, new Job());

        RestorePlan plan = manager()
                .plan(archive(folder.resolve("b.ngbak")), new RestoreOptions(Set.of(Role.KV), false, true), new Job());

        assertThat(plan.targets())
                .isEqualTo(Map.of(Role.KV, new RestorePlan.Target("json", kv.target, Map.of("name", "json"))));
    }
}
