package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.TenantLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what a person can type instead of an id. */
class ArchiveNamesTest extends ThreeStores {

    private void make(String id) {
        now.updateAndGet(time -> time.plusSeconds(60));
        manager().create(id, null, new Job());
    }

    private String resolved(String text) {
        return manager().resolve(text).text();
    }

    @Test
    void latestIsTheNewestArchive() {
        make("b");
        make("a");

        assertThat(resolved("latest")).isEqualTo("a");
        assertThat(manager().archive("latest").name()).isEqualTo("a.ngbak");
    }

    @Test
    void latestIsNeverASafetyArchive() {
        make("a");
        make("pre-restore_2025-10-06T15-00-00Z");

        assertThat(resolved("latest")).isEqualTo("a");
    }

    @Test
    void latestBelongsToTheConfiguredWorkspace() {
        environment.put(GraphLayout.SYSTEM.name(), TenantLayout.NAME);
        environment.put(TenantLayout.TENANT, "one");
        make("a");
        environment.put(TenantLayout.TENANT, "two");
        make("b");
        assertThat(resolved("latest")).isEqualTo("b");

        environment.put(TenantLayout.TENANT, "one");
        assertThat(resolved("latest")).isEqualTo("a");

        environment.put(TenantLayout.TENANT, "three");
        assertThat(failure(() -> manager().resolve("latest"))).hasMessageContaining("workspace \"three\"");
    }

    @Test
    void latestIsTheNewestArchiveEvenIfItCannotBeRead() throws Exception {
        make("a");
        Files.writeString(folder.resolve("z.ngbak"), "no archive");

        assertThat(resolved("latest")).isEqualTo("z");
    }

    @Test
    void latestOfAnEmptyRepositoryIsNotFound() {
        BackupException none = failure(() -> manager().resolve("latest"));

        assertThat(none.kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(none.getMessage()).contains("no latest backup").contains(folder.toString());
    }

    @Test
    void beginningOfOneIdIsEnough() {
        make("before-reindex");
        make("other");

        assertThat(resolved("b")).isEqualTo("before-reindex");
        assertThat(resolved("before-reindex")).isEqualTo("before-reindex");
    }

    @Test
    void beginningOfSeveralIdsIsRefusedAndListsThemNewestFirst() {
        make("nightly-1");
        make("nightly-2");
        make("other");

        BackupException ambiguous = failure(() -> manager().resolve("nightly"));

        assertThat(ambiguous.kind()).isEqualTo(Kind.INVALID);
        assertThat(ambiguous.getMessage()).contains("2 backups begin with nightly: nightly-2, nightly-1");
    }

    @Test
    void longListOfCandidatesIsCut() {
        for (int i = 10; i < 21; i++) {
            make("n" + i);
        }

        assertThat(failure(() -> manager().resolve("n")).getMessage())
                .contains("11 backups")
                .contains("n20, n19, n18, n17, n16, n15, n14, n13 and 3 more");
    }

    @Test
    void exactIdWins() {
        make("nightly");
        make("nightly-2");
        make("latest");
        make("z");

        assertThat(resolved("nightly")).isEqualTo("nightly");
        assertThat(resolved("latest")).isEqualTo("latest");
        assertThat(manager().archive(new BackupId("nightly")).name()).isEqualTo("nightly.ngbak");
    }

    @Test
    void unknownBeginningIsNotFound() {
        make("a");

        assertThat(failure(() -> manager().resolve("b")).kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(failure(() -> manager().archive(new BackupId("latest"))).kind())
                .as("only a person's text is resolved")
                .isEqualTo(Kind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a b", "*", "-"})
    void textThatBeginsNoIdIsRefused(String text) {
        make("a");

        assertThat(failure(() -> manager().resolve(text)).kind()).isEqualTo(Kind.INVALID);
    }
}
