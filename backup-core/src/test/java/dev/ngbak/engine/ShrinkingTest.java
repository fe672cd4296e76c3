package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.TenantLayout;
import dev.ngbak.repository.ArchiveInfo;
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
                        "This backup contains less than half of what full contains: entities 5 before, 2 now. If you did"
                                + " not remove that much, check the stores and the settings before you rely on this backup.");
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
    void retentionKeepsTheLastArchiveFromBeforeTheLoss() {
        environment.put("BACKUP_RETENTION", "2");
        backup("full-1");
        backup("full-2");
        graph.lines.clear();
        for (int n = 1; n <= 4; n++) {
            backup("lost-" + n);
        }

        assertThat(ids()).containsExactly("lost-4", "lost-3", "full-2");
        assertThat(warnings)
                .containsExactly(
                        "Kept the old backup full-2 although the retention (last=2) does not keep it: it contains more than twice as much as"
                                + " the newest one, and no newer backup does. Delete it with ngbak delete full-2 once you are sure"
                                + " that the new state is right.");
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
}
