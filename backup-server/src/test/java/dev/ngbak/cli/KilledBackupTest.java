package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a killed backup leaves no incomplete archive, and that the next run cleans up. */
class KilledBackupTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;
    private BackupManager manager;

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 4_000, 1);
        manager = new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                ngbak.workingDir().toString(),
                "BACKUP_DIR",
                ngbak.backups().toString())));
    }

    @Test
    void killInEveryPhaseLeavesNoIncompleteArchive() throws Exception {
        for (String phase : List.of("preflight", "exporting", "writing", "verifying", "done")) {
            for (long micros : List.of(0L, 5_000L, 60_000L)) {
                Process process =
                        ngbak.start(NgbakProcess.java(HaltingBackup.class.getName(), phase, Long.toString(micros)));
                assertThat(process.waitFor()).isEqualTo(9);
                checkAndClean(phase + " + " + micros + " µs");
            }
        }
    }

    @Test
    void killAtARandomMomentLeavesNoIncompleteArchive() throws Exception {
        Random random = new Random(4);
        for (int n = 0; n < 12; n++) {
            Process process = ngbak.start(NgbakProcess.java(Main.class.getName(), "backup", "--id", "victim"));
            long millis = 150 + random.nextInt(1_200);
            if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                process.waitFor();
            }
            checkAndClean(millis + " ms");
        }
    }

    private void checkAndClean(String when) throws IOException {
        List<ArchiveInfo> archives = manager.list();
        assertThat(archives).as(when).hasSizeBetween(0, 1);
        for (ArchiveInfo archive : archives) {
            assertThat(archive.unreadable()).as(when).isNull();
            assertThat(manager.verify(manager.archive(archive), new Job()).decoded())
                    .as(when)
                    .hasSize(3);
        }

        ArchiveInfo next = manager.create("next", null, new Job());

        assertThat(manager.verify(manager.archive(next), new Job()).decoded()).hasSize(3);
        try (Stream<Path> left = Files.walk(ngbak.backups().resolve(".ngbak"))) {
            assertThat(left.filter(Files::isRegularFile)
                            .filter(file -> !file.getParent().endsWith("jobs")
                                    && !file.getParent().endsWith("verified"))
                            .map(file -> file.getFileName().toString()))
                    .as(when)
                    .containsExactly("lock");
        }
        for (ArchiveInfo archive : manager.list()) {
            Files.delete(Path.of(archive.location()));
        }
    }
}
