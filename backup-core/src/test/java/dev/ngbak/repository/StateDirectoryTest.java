package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
