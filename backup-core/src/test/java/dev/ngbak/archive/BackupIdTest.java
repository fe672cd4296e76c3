package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackupIdTest {

    @Test
    void defaultIdIsTheTimeInWholeSeconds() {
        assertThat(BackupId.at(Instant.parse("2025-10-06T14:30:00.999Z")).text())
                .isEqualTo("snapshot_2025-10-06T14-30-00Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "a.b", "pre-restore_2025", "A_-.z"})
    void validIdIsAccepted(String text) {
        assertThat(new BackupId(text).fileName()).isEqualTo(text + ".ngbak");
        assertThat(BackupId.isArchiveName(text + ".ngbak")).isTrue();
        assertThat(BackupId.ofFileName(text + ".ngbak")).isEqualTo(new BackupId(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "a..b", "../a", "a/b", "a\\b", ".a", "-a", "_a", "a b", "ä", "a\n", "٣", "%2e"})
    void invalidIdIsRefused(String text) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> new BackupId(text))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
        assertThat(BackupId.isArchiveName(text + ".ngbak")).isFalse();
    }

    @Test
    void idOfMoreThan128CharactersIsInvalid() {
        assertThat(BackupId.isValid("x".repeat(128))).isTrue();
        assertThat(BackupId.isValid("x".repeat(129))).isFalse();
    }

    @Test
    void messageContainsNoControlCharacter() {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> new BackupId("a\u001b[2J\u009b"))
                .withMessageStartingWith("\"a?[2J?\" is not a backup id");
    }

    @Test
    void otherFileNamesAreNotArchives() {
        assertThat(BackupId.isArchiveName("x.ngbak.part")).isFalse();
        assertThat(BackupId.isArchiveName("x")).isFalse();
        assertThat(BackupId.isArchiveName(".ngbak")).isFalse();
    }
}
