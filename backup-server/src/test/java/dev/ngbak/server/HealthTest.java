package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.StoreStatus;
import dev.ngbak.jobs.JobProgress;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveMarks;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.Verification;
import dev.ngbak.server.Health.Status;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    @TempDir
    Path temp;

    private final List<ArchiveInfo> archives = new ArrayList<>();
    private final List<JobRecord> jobs = new ArrayList<>();
    private Duration expectedEvery = Duration.ofHours(24);
    private Optional<String> openRestore = Optional.empty();
    private Optional<String> repositoryProblem = Optional.empty();
    private Optional<List<StoreStatus>> stores = Optional.of(List.of(store(null)));
    private OptionalLong free = OptionalLong.empty();

    private Health health() {
        List<ArchiveInfo> newestFirst =
                archives.stream().sorted(ArchiveInfo.NEWEST_FIRST).toList();
        return Health.of(
                new HealthFacts(NOW, expectedEvery, newestFirst, jobs, openRestore, repositoryProblem, stores, free));
    }

    private static StoreStatus store(String problem) {
        return new StoreStatus(
                Role.GRAPH, "neo4j", "Neo4j", "5.26", problem == null, problem, "Start it", Map.of(), Map.of());
    }

    private ArchiveInfo archive(Duration age, long entities) throws IOException {
        Instant at = NOW.minus(age);
        Path file = temp.resolve("b" + archives.size() + ".ngbak");
        Files.write(file, MadeArchives.archive("b" + archives.size(), at, entities, null));
        return ArchiveInfo.read(new ArchiveFile(file));
    }

    private ArchiveInfo add(Duration age, long entities) throws IOException {
        ArchiveInfo archive = archive(age, entities);
        archives.add(archive);
        return archive;
    }

    private void add(ArchiveInfo archive, boolean acknowledged, DrillOutcome... drills) {
        archives.remove(archive);
        archives.add(new ArchiveInfo(
                archive.id(),
                archive.location(),
                archive.size(),
                archive.modifiedAt(),
                archive.createdAt(),
                archive.manifest(),
                archive.manifestText(),
                archive.unreadable(),
                archive.lockedUntil(),
                new ArchiveMarks(archive.verification(), false, acknowledged, List.of(drills))));
    }

    private void job(String type, JobRecord.Status status, Duration age) {
        Instant at = NOW.minus(age);
        jobs.add(new JobRecord(
                "j" + jobs.size(),
                type,
                status,
                null,
                at,
                at,
                at,
                new JobProgress("preflight", Map.<Role, Job.StoreProgress>of()),
                status == JobRecord.Status.FAILED ? "Redis refused the connection" : null,
                "Start Redis",
                Map.of(),
                List.of()));
        jobs.sort(Comparator.comparing(JobRecord::createdAt).reversed());
    }

    private void assertRisk(String... parts) {
        Health health = health();
        assertThat(health.status()).as(health.toString()).isEqualTo(Status.AT_RISK);
        assertThat(health.reasons()).hasSize(1);
        assertThat(health.reasons().get(0)).contains(parts);
    }

    private void assertProtected() {
        Health health = health();
        assertThat(health.status()).as(health.toString()).isEqualTo(Status.PROTECTED);
        assertThat(health.reasons()).isEmpty();
    }

    @Test
    void recentBackupProtects() throws IOException {
        add(Duration.ofHours(23), 1_000);

        assertProtected();
        assertThat(health().remarks())
                .singleElement()
                .asString()
                .contains("No restore drill has passed", "ngbak drill");
    }

    @Test
    void noBackupIsARisk() {
        assertRisk("There is no backup. Run ngbak backup.");
    }

    @Test
    void oldBackupIsARiskOnlyIfOneIsExpected() throws IOException {
        add(Duration.ofDays(9), 1_000);

        assertRisk("The last good backup is 9 days old", "BACKUP_EXPECTED_EVERY expects one every 24 hours");

        expectedEvery = null;
        assertProtected();
        assertThat(health().remarks()).anyMatch(remark -> remark.contains("Set BACKUP_EXPECTED_EVERY"));
    }

    @Test
    void safetyArchiveIsNoBackup() throws IOException {
        Path file = temp.resolve("pre-restore_x.ngbak");
        Files.write(file, MadeArchives.archive("pre-restore_x", NOW, 5, null));
        archives.add(ArchiveInfo.read(new ArchiveFile(file)));

        assertRisk("There is no backup");
    }

    @Test
    void nineDaysAndFewEntitiesAreTwoReasons() throws IOException {
        add(Duration.ofDays(10), 2_900);
        add(Duration.ofDays(9), 87);

        Health health = health();

        assertThat(health.status()).isEqualTo(Status.AT_RISK);
        assertThat(health.reasons()).hasSize(2);
        assertThat(health.reasons().get(0)).contains("9 days old");
        assertThat(health.reasons().get(1))
                .contains("much less data than b0", "entities 2,900 before, 87 now (−97 %)", "ngbak acknowledge b1");
        assertThat(health.loss()).isPresent();
    }

    @Test
    void acknowledgedLossIsNoReason() throws IOException {
        add(Duration.ofDays(2), 2_900);
        add(add(Duration.ofHours(1), 87), true);

        assertProtected();
    }

    @Test
    void damagedArchiveIsARiskIfItIsRecent() throws IOException {
        ArchiveInfo damaged = archive(Duration.ofHours(2), 1_000);
        archives.add(damaged.with(new Verification(NOW, false, "The digest of kv/x.json differs")));
        assertThat(health().reasons().get(0)).contains("No archive can be relied on");

        add(Duration.ofHours(1), 1_000);
        assertRisk("The archive b0: The digest of kv/x.json differs.", "Check the disk");

        for (int hours = 1; hours <= 5; hours++) {
            add(Duration.ofMinutes(hours), 1_000);
        }
        assertProtected();
        assertThat(health().remarks()).anyMatch(remark -> remark.contains("1 older archive is damaged"));
    }

    @Test
    void unreadableArchiveIsDamaged() throws IOException {
        add(Duration.ofHours(1), 1_000);
        archives.add(ArchiveInfo.unreadable("torn.ngbak", "/x", 1, NOW, "It ends too early"));

        assertRisk("The archive torn: It ends too early.", "delete the archive");
    }

    @Test
    void damagedArchiveDoesNotCountForTheAge() throws IOException {
        add(Duration.ofDays(3), 1_000);
        archives.add(archive(Duration.ofHours(1), 1_000).with(new Verification(NOW, false, "Bad")));

        assertThat(health().reasons()).hasSize(2);
        assertThat(health().reasons().get(0)).contains("3 days old");
    }

    @Test
    void failedBackupIsARiskUntilOneSucceeds() throws IOException {
        add(Duration.ofHours(20), 1_000);
        job("backup", JobRecord.Status.FAILED, Duration.ofHours(2));
        job("verify", JobRecord.Status.COMPLETED, Duration.ofHours(1));
        job("backup", JobRecord.Status.CANCELLED, Duration.ofMinutes(30));
        assertRisk("The last backup failed, 2 hours ago: Redis refused the connection. Start Redis.");

        add(Duration.ofHours(1), 1_000); // made by another machine
        assertProtected();
    }

    @Test
    void openRestoreIsBroken() throws IOException {
        add(Duration.ofHours(1), 1_000);
        openRestore = Optional.of("The restore of b0 is not settled");

        assertThat(health().status()).isEqualTo(Status.BROKEN);
        assertThat(health().reasons()).containsExactly("The restore of b0 is not settled. Run ngbak recover.");
    }

    @Test
    void unreachableStoreIsBrokenAndComesFirst() throws IOException {
        add(Duration.ofDays(9), 1_000);
        stores = Optional.of(List.of(store("Neo4j does not answer")));

        assertThat(health().status()).isEqualTo(Status.BROKEN);
        assertThat(health().reasons()).hasSize(2);
        assertThat(health().reasons().get(0))
                .isEqualTo(
                        "The graph store cannot be read, so no backup can be made: Neo4j does not answer. Start it.");
    }

    @Test
    void unknownStoresAreARisk() throws IOException {
        add(Duration.ofHours(1), 1_000);
        stores = Optional.empty();

        assertRisk("their state is not known");
    }

    @Test
    void missingRepositoryIsBrokenAndIsNotTakenForNoBackups() {
        repositoryProblem = Optional.of("Archives cannot be stored in /backups. Run ngbak doctor to see why.");

        assertThat(health().status()).isEqualTo(Status.BROKEN);
        assertThat(health().reasons()).hasSize(1);
    }

    @Test
    void littleSpaceIsARisk() throws IOException {
        long size = add(Duration.ofHours(1), 1_000).size();
        free = OptionalLong.of(2 * size);
        assertProtected();

        free = OptionalLong.of(2 * size - 2);
        assertRisk("no room for another backup and a safety archive");
    }

    @Test
    void drillIsARemarkUnlessTheLastOneFailed() throws IOException {
        ArchiveInfo archive = add(Duration.ofHours(1), 1_000);
        DrillOutcome old = new DrillOutcome(NOW.minus(Duration.ofDays(91)), true, archive.size());
        add(archive, false, old);
        assertProtected();
        assertThat(health().remarks()).anyMatch(remark -> remark.contains("No restore drill"));

        add(archive(Duration.ofHours(2), 1_000), false, new DrillOutcome(NOW, true, archive.size()));
        assertThat(health().remarks()).isEmpty();

        ArchiveInfo failed = archive(Duration.ofHours(3), 1_000);
        add(failed, false, new DrillOutcome(NOW.plusSeconds(1), false, failed.size()));
        assertRisk("The last restore drill failed, of the archive " + failed.id());
    }
}
