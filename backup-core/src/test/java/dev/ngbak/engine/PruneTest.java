package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.RetentionPlan;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Retention by age, pins, and what stays whatever the rules say. */
class PruneTest extends ThreeStores {

    private void backup(String id) {
        manager().create(id, null, new Job());
        now.updateAndGet(time -> time.plus(Duration.ofHours(12)));
    }

    private List<String> ids() {
        return manager().list().stream().map(ArchiveInfo::id).toList();
    }

    /** Returns the reasons of the archives that stay, and an empty list for each archive that goes. */
    private Map<String, List<String>> plan() {
        return manager().prunePlan().decisions().stream()
                .collect(Collectors.toMap(
                        decision -> decision.archive().id(),
                        decision -> decision.kept() ? decision.reasons() : List.of()));
    }

    @Test
    void planSaysWhyEachArchiveStays() {
        for (int n = 1; n <= 5; n++) {
            backup("b" + n);
        }
        environment.put("BACKUP_KEEP", "last=1,daily=2");

        assertThat(plan())
                .containsOnly(
                        Map.entry("b5", List.of("last 1 of 1", "daily 2025-10-08")),
                        Map.entry("b4", List.of()),
                        Map.entry("b3", List.of("daily 2025-10-07")),
                        Map.entry("b2", List.of()),
                        Map.entry("b1", List.of()));
        assertThat(ids()).hasSize(5);
    }

    @Test
    void pruneDoesWhatThePlanSays() {
        for (int n = 1; n <= 5; n++) {
            backup("b" + n);
        }
        environment.put("BACKUP_KEEP", "last=1,daily=2");

        assertThat(manager().prune(new Job())).containsExactly("b4", "b2", "b1");
        assertThat(ids()).containsExactly("b5", "b3");
        assertThat(manager().prune(new Job())).isEmpty();
    }

    @Test
    void eachBackupPrunes() {
        environment.put("BACKUP_KEEP", "daily=2");
        for (int n = 1; n <= 6; n++) {
            backup("b" + n);
        }

        assertThat(ids()).containsExactly("b6", "b5");
    }

    @Test
    void bothSettingsKeepWhatEitherKeeps() {
        environment.put("BACKUP_KEEP", "daily=2");
        environment.put("BACKUP_RETENTION", "3");
        for (int n = 1; n <= 6; n++) {
            backup("b" + n);
        }

        assertThat(ids()).containsExactly("b6", "b5", "b4");
    }

    @Test
    void pinnedArchiveStaysAndDoesNotCount() {
        for (int n = 1; n <= 4; n++) {
            backup("b" + n);
        }
        manager().pin(new BackupId("b3"));
        environment.put("BACKUP_RETENTION", "2");

        assertThat(manager().prune(new Job())).containsExactly("b1");
        assertThat(plan()).containsEntry("b3", List.of("pinned"));
        manager().unpin(new BackupId("b3"));
        assertThat(manager().prune(new Job())).containsExactly("b2");
    }

    @Test
    void pinnedArchiveIsNotDeleted() {
        backup("b1");
        manager().pin(new BackupId("b1"));

        BackupException refused = failure(() -> manager().delete(new BackupId("b1"), new Job()));

        assertThat(refused.kind()).isEqualTo(Kind.LOCKED);
        assertThat(refused.remedy()).isEqualTo("Run ngbak unpin b1 first");
        assertThat(manager().list())
                .singleElement()
                .matches(archive -> archive.marks().pinned());
        manager().unpin(new BackupId("b1"));
        manager().delete(new BackupId("b1"), new Job());
        assertThat(ids()).isEmpty();
    }

    @Test
    void pinNeedsAnArchive() {
        assertThat(failure(() -> manager().pin(new BackupId("nothing"))).kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(folder).doesNotExist();
    }

    @Test
    void lastVerifiedArchiveStays() throws Exception {
        backup("good");
        backup("newer");
        backup("newest");
        // Another machine made the newer two, so that no verification of them is known here.
        Files.delete(folder.resolve(".ngbak/verified/newer.json"));
        Files.delete(folder.resolve(".ngbak/verified/newest.json"));
        environment.put("BACKUP_RETENTION", "1");

        assertThat(plan())
                .containsEntry("good", List.of("the last that was verified"))
                .containsEntry("newer", List.of());
    }

    @Test
    void nothingIsDeletedWhileThereIsALoss() {
        for (int n = 0; n < 9; n++) {
            graph.lines.add("entity " + n);
        }
        backup("full-1");
        backup("full-2");
        graph.lines.clear();
        backup("lost-1");
        backup("lost-2");
        environment.put("BACKUP_RETENTION", "1");
        List<String> why = List.of("nothing is deleted until the loss of data is acknowledged");

        assertThat(plan())
                .containsOnly(
                        Map.entry("lost-2", List.of("last 1 of 1")),
                        Map.entry("lost-1", why),
                        Map.entry("full-2", why),
                        Map.entry("full-1", why));
        BackupException refused = failure(() -> manager().prune(new Job()));
        assertThat(refused.kind()).isEqualTo(Kind.LOCKED);
        assertThat(refused.problem()).contains("lost-2", "full-2", "entities 11 before, 0 now (-100 %)");
        assertThat(refused.remedy()).contains("ngbak acknowledge lost-2");
        assertThat(ids()).hasSize(4);

        manager().acknowledge(new BackupId("lost-2"));
        assertThat(manager().prune(new Job())).containsExactly("lost-1", "full-2", "full-1");
    }

    @Test
    void withoutASettingThereIsNothingToPrune() {
        backup("b1");

        assertThat(failure(() -> manager().prune(new Job())).kind()).isEqualTo(Kind.INVALID);
        assertThat(failure(() -> manager().prunePlan()).remedy()).contains("BACKUP_KEEP");
    }

    @Test
    void unusableRuleIsRefusedWithTheAllowedOnes() {
        environment.put("BACKUP_KEEP", "hourly=3");

        BackupException refused = failure(this::manager);

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.getMessage()).contains("BACKUP_KEEP", "hourly=3", "last=7,daily=14");
    }

    @Test
    void emptyRepositoryHasAnEmptyPlan() {
        environment.put("BACKUP_RETENTION", "1");

        assertThat(manager().prunePlan().decisions()).isEmpty();
    }

    @Test
    void planIsOrderedByTime() {
        backup("b1");
        backup("b2");
        environment.put("BACKUP_RETENTION", "1");

        RetentionPlan plan = manager().prunePlan();

        assertThat(plan.deletions()).extracting(ArchiveInfo::id).containsExactly("b1");
        assertThat(plan.decisions())
                .extracting(decision -> decision.archive().id())
                .containsExactly("b2", "b1");
    }
}
