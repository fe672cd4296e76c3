package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

/** Restores that succeed. */
class RestoreTest extends RestoreFixture {

    @Test
    void restoreReplacesAndProvesAllStores() {
        RestoreResult result = restore();

        assertNewData();
        assertThat(result.proofs().values()).containsOnly("content digest");
        assertThat(warnings()).isEmpty();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak", result.safetyArchive() + ".ngbak");
    }

    @Test
    void restoreVerifiesThenChecksThenConfirmsThenSavesThenReplaces() throws IOException {
        InOrder order = inOrder(kv.restorer, kv.restore, kv.exporter, kv.export);

        manager()
                .restore(
                        archive(backup),
                        RestoreOptions.DEFAULT,
                        plan -> {
                            try {
                                order.verify(kv.restorer).read(any(), any(), any(), any());
                                order.verify(kv.restorer).open(any());
                                order.verify(kv.restore).problems(any(), anyLong());
                                verify(kv.restore, never()).restore(any(), any(), any());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                            return true;
                        },
                        new Job());

        order.verify(kv.export).export(any(), any(), any());
        order.verify(kv.restore).restore(any(), any(), any());
        order.verify(kv.exporter).open(any());
        order.verify(kv.export).read(any(), any());
    }

    @Test
    void declinedRestoreChangesNothing() throws IOException {
        BackupException e =
                failure(() -> manager().restore(archive(backup), RestoreOptions.DEFAULT, plan -> false, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.UNCONFIRMED);
        for (FakeStore store : all) {
            verify(store.restore, never()).restore(any(), any(), any());
            verify(store.restore).close();
        }
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void restoreReplacesOnlyTheRequestedStores() {
        RestoreResult result = restore(backup, new RestoreOptions(Set.of(Role.KV), true, true), job());

        assertThat(kv.lines).containsExactly("doc");
        assertThat(graph.lines).contains("changed");
        assertThat(result.proofs()).containsOnly(Map.entry(Role.KV, "counts"));
        assertThat(manager()
                        .inspect(manager().archive(result.safetyArchive()))
                        .manifest()
                        .stores())
                .containsOnlyKeys(Role.KV);
    }

    @Test
    void adviceCoversOnlyReplacedStores() {
        adviseTo(kv, "Restart the reader of kv.");
        Job ofGraph = job();
        restore(backup, new RestoreOptions(Set.of(Role.GRAPH), false, true), ofGraph);
        Job ofAll = job();
        restore(backup, RestoreOptions.DEFAULT, ofAll);

        assertThat(ofGraph.advice()).isEmpty();
        assertThat(ofAll.advice()).containsExactly("Restart the reader of kv.");
    }
}
