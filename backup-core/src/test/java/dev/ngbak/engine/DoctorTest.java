package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.when;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.TestedVersions;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what is checked for a backup and what for a restore. */
class DoctorTest extends ThreeStores {

    private List<Kind> failures(Operation operation) {
        return manager().examine(EnumSet.of(operation)).stream()
                .map(Diagnosis::failure)
                .filter(Objects::nonNull)
                .toList();
    }

    @Test
    void storeThatCannotBeReplacedMattersToARestoreOnly() throws Exception {
        doReturn(List.of(new BackupException(Kind.INCOMPATIBLE, "It may not be written", "")))
                .when(kv.restore)
                .problems(any(), anyLong());

        assertThat(failures(Operation.BACKUP)).isEmpty();
        assertThat(failures(Operation.RESTORE)).containsExactly(Kind.INCOMPATIBLE);
        assertThat(manager().examine()).anyMatch(finding -> finding.failure() == Kind.INCOMPATIBLE);
    }

    @Test
    void storeThatCannotBeReadMattersToABackupOnly() {
        vector.broken = "x";

        assertThat(failures(Operation.BACKUP)).containsExactly(Kind.INCOMPATIBLE);
        assertThat(failures(Operation.RESTORE)).isEmpty();
        assertThat(manager().examine(EnumSet.of(Operation.RESTORE)))
                .anyMatch(finding -> finding.warning() && finding.subject().equals("vector"));
    }

    @Test
    void archiveThatCertainlyDoesNotFitIsAFailure() {
        environment.put("BACKUP_COMPRESSION", "none");
        graph.bytes = Long.MAX_VALUE / 2;

        assertThat(failures(Operation.BACKUP)).containsExactly(Kind.NO_SPACE);
        assertThat(failures(Operation.RESTORE)).containsExactly(Kind.NO_SPACE);
        assertThat(manager().examine(EnumSet.of(Operation.RESTORE)))
                .anyMatch(finding -> finding.message().contains("safety archive"));
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, false, is tested",
        "0.9, true, is newer than the versions that ngbak is tested with (0.9)",
        "2.0, true, is older than the versions that ngbak is tested with (2.0)"
    })
    void versionIsComparedWithTheTestedOnes(String tested, boolean warning, String verdict) {
        when(kv.exporter.testedVersions()).thenReturn(List.of(new TestedVersions("Fake", tested)));

        assertThat(manager().examine(EnumSet.of(Operation.BACKUP)))
                .anyMatch(finding -> finding.message().contains(verdict) && finding.warning() == warning);
    }
}
