package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.TenantLayout;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backups of a system that has lost most of its data. */
class ShrinkingTest extends ThreeStores {

    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void fillTheGraph() {
        graph.lines.clear();
        graph.lines.addAll(List.of("1", "2", "3", "4", "5"));
    }

    private void backup(String id) {
        warnings.clear();
        manager().create(id, null, new Job(line -> {
            if (line.level() == Job.Level.WARN) {
                warnings.add(line.message());
            }
        }));
        now.updateAndGet(time -> time.plusSeconds(60));
    }

    private List<String> ids() {
        return manager().list().stream().map(ArchiveInfo::id).toList();
    }

    @Test
    void backupWithLessThanHalfOfThePreviousOneWarns() {
        backup("full");
        graph.lines.subList(2, 5).clear();
        backup("empty");

        assertThat(warnings)
                .containsExactly(
                        "This backup contains less than half of what full contains: entities 5 before, 2 now (-60 %). The"
                                + " system may be broken, so no archive is deleted until you acknowledge that. Check the"
                                + " stores and the settings. If the new state is right, run ngbak acknowledge empty.");
    }

    @Test
    void backupWithMoreThanHalfDoesNotWarn() {
        backup("full");
        graph.lines.subList(3, 5).clear();
        backup("smaller");

        assertThat(warnings).isEmpty();
    }

    @Test
    void archiveOfAnotherWorkspaceIsNoEarlierState() {
        environment.put(GraphLayout.SYSTEM.name(), TenantLayout.NAME);
        environment.put(TenantLayout.TENANT, "one");
        backup("full");
        graph.lines.clear();
        environment.put(TenantLayout.TENANT, "two");
        backup("other");
        assertThat(warnings).isEmpty();

        environment.put(TenantLayout.TENANT, "one");
        backup("empty");
        assertThat(warnings).singleElement().asString().contains("less than half of what full contains");
    }

    @Test
    void laterBackupsWarnToo() {
        backup("full");
        graph.lines.clear();
        backup("lost-1");
        backup("lost-2");

        assertThat(warnings).singleElement().asString().contains("what full contains", "ngbak acknowledge lost-2");
    }

    @Test
    void retentionDeletesNothingUntilTheLossIsAcknowledged() {
        environment.put("BACKUP_RETENTION", "2");
        backup("full-1");
        backup("full-2");
        graph.lines.clear();
        for (int n = 1; n <= 4; n++) {
            backup("lost-" + n);
        }

        assertThat(ids()).containsExactly("lost-4", "lost-3", "lost-2", "lost-1", "full-2", "full-1");
        manager().acknowledge(new BackupId("lost-4"));
        backup("lost-5");
        assertThat(warnings).isEmpty();
        assertThat(ids()).containsExactly("lost-5", "lost-4");
    }

    @Test
    void retentionDeletesAsUsualAfterTheDataReturned() {
        environment.put("BACKUP_RETENTION", "2");
        backup("full");
        List<String> before = List.copyOf(graph.lines);
        graph.lines.clear();
        backup("lost-1");
        backup("lost-2");
        graph.lines.addAll(before);
        backup("back-1");

        assertThat(ids()).containsExactly("back-1", "lost-2");
    }

    /** A restore or two of an emergency must not push out the safety archive of the state before it. */
    @Test
    void safetyArchivesStayUntilTheLossIsAcknowledged() {
        backup("full");
        graph.lines.clear();
        backup("lost");
        for (int n = 1; n <= 5; n++) {
            kv.write("line " + n);
            manager().restore("lost");
            now.updateAndGet(time -> time.plusSeconds(60));
        }

        assertThat(ids()).filteredOn(id -> id.startsWith("pre-restore_")).hasSize(5);
    }

    @Test
    void acknowledgementCanBeWithdrawn() {
        backup("full");
        graph.lines.clear();
        backup("lost");
        BackupId lost = new BackupId("lost");

        manager().acknowledge(lost);
        manager().acknowledge(lost);
        assertThat(manager().dataLoss()).isEmpty();
        assertThat(manager().list().get(0).marks().acknowledged()).isTrue();

        manager().unacknowledge(lost);
        manager().unacknowledge(lost);
        assertThat(manager().dataLoss()).isPresent();
        assertThat(manager().list().get(0).marks().acknowledged()).isFalse();
    }

    @Test
    void acknowledgementNeedsAnArchive() {
        assertThat(failure(() -> manager().acknowledge(new BackupId("nothing"))).kind())
                .isEqualTo(BackupException.Kind.NOT_FOUND);
    }

    /** The archive with the acknowledgement goes, but a much larger one stays. */
    @Test
    void acknowledgementOutlivesItsArchive() {
        backup("full");
        manager().pin(new BackupId("full"));
        graph.lines.clear();
        backup("lost-1");
        manager().acknowledge(new BackupId("lost-1"));
        environment.put("BACKUP_RETENTION", "1");
        backup("lost-2");

        assertThat(ids()).containsExactly("lost-2", "full");
        assertThat(manager().dataLoss()).isEmpty();
        backup("lost-3");
        assertThat(warnings).isEmpty();
        assertThat(ids()).containsExactly("lost-3", "full");
    }

    @Test
    void deletedArchiveOfASlowDecreaseLeavesNoLoss() {
        backup("b1");
        graph.lines.subList(3, 5).clear();
        backup("b2");
        graph.lines.subList(2, 3).clear();
        backup("b3");

        manager().delete(new BackupId("b2"), new Job());

        assertThat(manager().dataLoss()).isEmpty();
    }
}
