package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.TenantLayout;
import dev.ngbak.repository.ArchiveInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Archives that a backup deletes, and those that it keeps. */
class RetentionTest extends ThreeStores {

    @Test
    void retentionDeletesTheOldestArchives() {
        environment.put("BACKUP_RETENTION", "3");
        for (int n = 1; n <= 4; n++) {
            manager().create("b" + n, null, new Job());
            now.updateAndGet(time -> time.plusSeconds(60));
        }
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b4", "b3", "b2");
    }

    @Test
    void retentionKeepsTheNewArchiveWhenTheClockWasSetBack() {
        environment.put("BACKUP_RETENTION", "2");
        for (int n = 1; n <= 4; n++) {
            manager().create("b" + n, null, new Job());
            now.updateAndGet(time -> time.minusSeconds(60));
        }
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b1", "b4");
    }

    @Test
    void failedBackupDeletesNothing() throws IOException {
        environment.put("BACKUP_RETENTION", "1");
        manager().create("b1", null, new Job());
        doThrow(new IOException("broken")).when(kv.export).export(any(), any(), any());

        assertThat(failure(() -> manager().create("b2", null, new Job()))).isNotNull();

        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b1");
    }

    @Test
    void retentionKeepsSafetyArchivesAndUnreadableArchives() throws IOException {
        manager().create("pre-restore_2020", null, new Job());
        Files.createFile(folder.resolve("broken.ngbak"));
        environment.put("BACKUP_RETENTION", "1");
        manager().create("b1", null, new Job());
        manager().create("b2", null, new Job());

        assertThat(manager().list())
                .extracting(ArchiveInfo::id)
                .containsExactlyInAnyOrder("b2", "pre-restore_2020", "broken");
    }

    @Test
    void retentionAppliesToEachWorkspaceSeparately() {
        environment.put("BACKUP_RETENTION", "2");
        environment.put(GraphLayout.SYSTEM.name(), TenantLayout.NAME);
        for (int n = 1; n <= 3; n++) {
            for (String workspace : List.of("a", "b")) {
                environment.put(TenantLayout.TENANT, workspace);
                manager().create(workspace + n, null, new Job());
                now.updateAndGet(time -> time.plusSeconds(60));
            }
        }
        manager().create("b4", null, new Job());

        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b4", "b3", "a3", "a2");
    }
}
