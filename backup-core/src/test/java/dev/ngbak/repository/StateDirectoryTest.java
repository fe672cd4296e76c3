package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {

    @TempDir
    private Path backups;

    @Test
    void deleteAbandonedDeletesStagingAndTemporaryFilesOnly() throws IOException {
        StateDirectory state = new StateDirectory(backups.resolve(".ngbak"));
        state.create();
        Files.writeString(state.newStaging().resolve("graph"), "staged");
        Files.createFile(state.resolve("ngbak-1.tmp"));
        Path journal = Files.writeString(state.resolve("restore.journal"), "open");

        state.deleteAbandoned();

        assertThat(state.path().toFile().listFiles()).containsExactly(journal.toFile());
    }

    @Test
    void deleteAbandonedCreatesNothing() throws IOException {
        new StateDirectory(backups.resolve(".ngbak")).deleteAbandoned();
        assertThat(backups).isEmptyDirectory();
    }

    @Test
    void stateOfAnotherRepositoryIsInsideAndPrivate() throws IOException {
        Path backupDir = backups.resolve("new");
        StateDirectory inside = new StateDirectory(backupDir.resolve(".ngbak")).inside("repository-1");

        inside.create();

        assertThat(inside.path()).isEqualTo(backupDir.resolve(".ngbak/repository-1"));
        for (Path created : List.of(backupDir, backupDir.resolve(".ngbak"), inside.path())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void problemInsideNamesTheSetting() throws IOException {
        Path file = Files.createFile(backups.resolve("file"));
        StateDirectory inside = new StateDirectory(file.resolve(".ngbak")).inside("repository-1");

        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> inside.lock("a job"))
                .withMessageStartingWith("BACKUP_DIR is \"" + file + "\", and this user cannot write there");
    }
}
