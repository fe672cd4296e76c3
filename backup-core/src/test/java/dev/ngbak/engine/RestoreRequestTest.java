package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Restores by an id or by a request. */
class RestoreRequestTest extends RestoreFixture {

    @Test
    void restoreByIdSavesThePresentStateAndProvesTheContent() {
        RestoreResult result = manager().restore("mine");

        assertNewData();
        assertThat(result.safetyArchive()).startsWith("pre-restore_");
        assertThat(result.proofs()).hasSize(3).containsEntry(Role.KV, "content digest");
    }

    @Test
    void restoreByIdIsRefusedIfThePlanHasAProblem() throws Exception {
        doReturn(List.of(new BackupException(Kind.INCOMPATIBLE, "The target is too old", "")))
                .when(kv.restore)
                .problems(any(), anyLong());

        BackupException e = failure(() -> manager().restore("mine"));

        assertThat(e.problem()).contains("The target is too old");
        assertPreviousData();
        verify(graph.restore, never()).restore(any(), any(), any());
    }

    @Test
    void restoreOfAnUnknownIdChangesNothing() {
        assertThat(failure(() -> manager().restore("missing")).kind()).isEqualTo(Kind.NOT_FOUND);
        assertPreviousData();
    }

    @Test
    void planOfARequestIsWhatTheRestoreConfirms() {
        RestoreRequest request = RestoreRequest.builder(archive(backup))
                .stores(Role.GRAPH, Role.KV)
                .comparingContents()
                .withoutSafetyArchive()
                .provingCountsOnly()
                .confirm(plan -> plan.roles().equals(java.util.Set.of(Role.GRAPH, Role.KV)))
                .build();

        RestorePlan plan = manager().plan(request);
        RestoreResult result = manager().restore(request);

        assertThat(plan.contents()).containsEntry(Role.GRAPH, RestorePlan.Content.DIFFERENT);
        assertThat(result.plan().targets()).isEqualTo(plan.targets());
        assertThat(result.safetyArchive()).isNull();
        assertThat(result.proofs()).containsEntry(Role.KV, "counts");
        assertThat(vector.lines).isEmpty();
    }

    @Test
    void restoreThatIsDeclinedChangesNothing() {
        RestoreRequest request =
                RestoreRequest.builder("mine").confirm(plan -> false).build();

        assertThat(failure(() -> manager().restore(request)).kind()).isEqualTo(Kind.UNCONFIRMED);
        assertPreviousData();
    }
}
