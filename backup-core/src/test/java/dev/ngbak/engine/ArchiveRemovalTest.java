package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of sidecars when their archive is deleted, or gone for another reason. */
class ArchiveRemovalTest extends ThreeStores {

    private static final BackupId ID = new BackupId("first");

    @BeforeEach
    void backUp() throws IOException {
        manager().create("first", null, new Job());
        manager().create("second", null, new Job());
        sidecars().write(ID, "drill-evidence", new byte[1]);
    }

    private Sidecars sidecars() {
        return manager().repository().sidecars();
    }

    private Path archive() {
        return Path.of(manager().list().stream()
                .filter(archive -> archive.id().equals("first"))
                .map(ArchiveInfo::location)
                .findFirst()
                .orElseThrow());
    }

    @Test
    void deletedArchiveTakesItsSidecarsAlong() throws IOException {
        manager().delete(ID, new Job());

        assertThat(sidecars().all()).isEmpty();
    }

    @Test
    void interruptedDeletionIsFinishedByTheNextJob() throws IOException {
        sidecars().write(ID, "deleting", new byte[0]);
        Files.delete(archive());

        manager().create("third", null, new Job());

        assertThat(sidecars().all()).isEmpty();
    }

    @Test
    void archiveWhoseDeletionDidNotBeginKeepsItsSidecars() throws IOException {
        sidecars().write(ID, "deleting", new byte[0]);

        manager().create("third", null, new Job());

        assertThat(sidecars().all()).containsOnlyKeys(ID).containsValue(Set.of("drill-evidence"));
    }

    @Test
    void archiveThatWasMovedAwayFindsItsSidecarsAgain() throws IOException {
        Path archive = archive();
        Path elsewhere = archive.resolveSibling("elsewhere");
        Files.move(archive, elsewhere);

        manager().create("third", null, new Job());
        Files.move(elsewhere, archive);

        assertThat(sidecars().all()).containsOnlyKeys(ID);
    }

    @Test
    void newArchiveWithTheIdOfAnOldOneInheritsNothing() throws IOException {
        Files.delete(archive());

        manager().create("first", null, new Job());

        assertThat(sidecars().all()).isEmpty();
    }

    @Test
    void refusedDeletionKeepsTheSidecars() throws IOException {
        manager().pin(ID);

        assertThat(failure(() -> manager().delete(ID, new Job())).kind()).isEqualTo(Kind.LOCKED);

        assertThat(sidecars().all().get(ID)).containsExactlyInAnyOrder("pin", "drill-evidence");
    }
}
