package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveMarks;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a killed deletion of old archives, and a killed pin, lose nothing that stays and leave nothing of the rest. */
class KilledRetentionTest {

    private static final int KILLS = 10;
    private static final int ARCHIVES = 12;
    private static final List<String> KEPT = List.of("b12", "b11", "b01");

    @TempDir
    Path temp;

    private NgbakProcess ngbak;
    private BackupManager manager;
    private Path original;

    @BeforeEach
    void makeArchives() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 20, 1);
        manager = new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                ngbak.workingDir().toString(),
                "BACKUP_DIR",
                ngbak.backups().toString(),
                "BACKUP_KEEP",
                "last=2")));
        ngbak.settings.put("BACKUP_KEEP", "last=2");
        for (int n = 1; n <= ARCHIVES; n++) {
            makeArchive("b%02d".formatted(n));
        }
        manager.pin(new BackupId("b01"));
        original = temp.resolve("original");
        copy(ngbak.backups(), original);
    }

    /** Makes an archive that no rule deletes yet, with a sidecar. */
    private void makeArchive(String id) throws IOException {
        BackupManager keeping = new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                ngbak.workingDir().toString(),
                "BACKUP_DIR",
                ngbak.backups().toString())));
        keeping.create(id, null, new Job());
        sidecars().write(new BackupId(id), ArchiveMarks.ACKNOWLEDGEMENT, "x".getBytes(StandardCharsets.UTF_8));
    }

    private Sidecars sidecars() {
        return manager.repository().sidecars();
    }

    @Test
    void killedPruneLosesNothingThatStaysAndIsFinishedByTheNext() throws Exception {
        long duration = run("prune", 0);
        for (int n = 0; n < KILLS; n++) {
            String when = "kill " + n + " of a prune";
            run("prune", duration * (2 * n + 1) / (2 * KILLS));

            assertThat(ids()).as(when).containsAll(KEPT);
            verifyAll(when);
            manager.prune(new Job());

            assertThat(ids()).as(when).containsExactlyInAnyOrderElementsOf(KEPT);
            assertThat(sidecars().all().keySet())
                    .as(when)
                    .extracting(BackupId::text)
                    .containsExactlyInAnyOrderElementsOf(KEPT);
            assertNothingIsLeft(when);
        }
    }

    @Test
    void killedPinLosesNoArchive() throws Exception {
        long duration = run("pin", 0);
        for (int n = 0; n < KILLS; n++) {
            String when = "kill " + n + " of a pin";
            run("pin", duration * (2 * n + 1) / (2 * KILLS));

            assertThat(ids()).as(when).hasSize(ARCHIVES);
            manager.pin(new BackupId("b01"));
            assertThat(sidecars().all().get(new BackupId("b01")))
                    .as(when)
                    .containsExactlyInAnyOrder(ArchiveMarks.PIN, ArchiveMarks.ACKNOWLEDGEMENT);
            assertNothingIsLeft(when);
            manager.prune(new Job());
            assertThat(ids()).as(when).containsExactlyInAnyOrderElementsOf(KEPT);
        }
    }

    /** Returns the microseconds that the action took, or -1 if the process was killed. */
    private long run(String action, long haltAfterMicros) throws Exception {
        copy(original, ngbak.backups());
        NgbakProcess.CommandResult result =
                ngbak.run(NgbakProcess.java(HaltingRetention.class.getName(), action, Long.toString(haltAfterMicros)));
        assertThat(result.code()).as(result.err()).isEqualTo(haltAfterMicros == 0 ? 0 : 9);
        return haltAfterMicros == 0 ? Long.parseLong(result.out().strip()) : -1;
    }

    private List<String> ids() {
        return manager.list().stream().map(ArchiveInfo::id).toList();
    }

    private void verifyAll(String when) {
        for (ArchiveInfo archive : manager.list()) {
            assertThat(manager.verify(manager.archive(archive), new Job()).decoded())
                    .as(when)
                    .hasSize(3);
        }
    }

    private void assertNothingIsLeft(String when) throws IOException {
        List<String> expected = Stream.concat(
                        Stream.of(".ngbak/lock"),
                        sidecars().all().entrySet().stream()
                                .flatMap(sidecar -> sidecar.getValue().stream()
                                        .map(name -> ".ngbak/sidecars/" + sidecar.getKey() + "/" + name)))
                .toList();
        try (Stream<Path> left = Files.walk(ngbak.backups().resolve(".ngbak"))) {
            assertThat(left.filter(Files::isRegularFile)
                            .map(file -> ngbak.backups().relativize(file).toString())
                            .filter(file -> !file.startsWith(".ngbak/jobs/") && !file.startsWith(".ngbak/verified/")))
                    .as(when)
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        StateDirectory.deleteTree(to);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
