package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Restores whose target is marked by another restore. */
class TargetSignTest extends ThreeStores {

    private final TargetSign sign = mock(TargetSign.class);

    private ReadableArchive backup() {
        ReadableArchive archive = archive(manager().create(null, null, new Job()));
        doReturn(sign).when(kv.restorer).announce(any());
        return archive;
    }

    @Test
    void contestedRestoreChangesNothing() throws IOException {
        ReadableArchive archive = backup();
        when(sign.isContested()).thenReturn(true);
        kv.lines.add("new");

        BackupException busy =
                failure(() -> manager().restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job()));

        assertThat(busy.kind()).isEqualTo(Kind.BUSY);
        assertThat(busy.detail())
                .isEqualTo("Another restore on another machine or in another container holds " + kv.target + "."
                        + " Nothing was changed");
        assertThat(kv.lines).containsExactly("doc", "new");
        verify(kv.restore, never()).restore(any(), any(), any());
        assertThat(manager().list()).hasSize(1);
    }

    @Test
    void restoreWaitsForTheSignOfADeadProcess() {
        ReadableArchive archive = backup();
        when(sign.isContested()).thenReturn(true, false);
        kv.lines.add("new");

        manager().restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job());

        assertThat(kv.lines).containsExactly("doc");
        verify(sign, times(2)).close();
    }
}
