package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalSafetyRepositoryTest {

    private static final BackupId PLAIN = new BackupId("nightly");
    private static final BackupId SAFETY = new BackupId("pre-restore_1");
    private static final BackupId REMOTE_SAFETY = new BackupId("pre-restore_2");

    @TempDir
    private Path directory;

    private LocalSafetyRepository repository;
    private Path local;
    private Path remote;

    @BeforeEach
    void create() throws IOException {
        local = Files.createDirectory(directory.resolve("local"));
        remote = Files.createDirectory(directory.resolve("remote"));
        repository = new LocalSafetyRepository(
                new LocalRepository(remote, new StateDirectory(remote.resolve(".ngbak"))),
                new LocalRepository(local, new StateDirectory(local.resolve(".ngbak"))));
        Files.writeString(local.resolve("before-the-bucket.ngbak"), "old");
        Files.writeString(remote.resolve(REMOTE_SAFETY.fileName()), "safety");
        for (BackupId id : new BackupId[] {PLAIN, SAFETY}) {
            try (RepositoryLock lock = repository.lock("a test");
                    ArchiveUpload upload = repository.create(id)) {
                assertThat(upload.channel(1).write(ByteBuffer.wrap(new byte[1])))
                        .isEqualTo(1);
                upload.commit(written -> {});
            }
        }
    }

    @Test
    void onlySafetyArchivesAreLocal() {
        assertThat(remote.resolve(PLAIN.fileName())).exists();
        assertThat(local.resolve(SAFETY.fileName())).exists();
    }

    @Test
    void archivesOfBothPlacesAreFoundByTheirIds() throws IOException {
        assertThat(repository.ids()).containsExactlyInAnyOrder(PLAIN, SAFETY, REMOTE_SAFETY);
        assertThat(repository.list())
                .extracting(ArchiveInfo::id)
                .containsExactlyInAnyOrder(PLAIN.text(), SAFETY.text(), REMOTE_SAFETY.text());
        for (BackupId id : repository.ids()) {
            assertThat(repository.contains(id)).isTrue();
            assertThat(repository.idOf(repository.open(id))).contains(id);
        }
        assertThat(repository.contains(new BackupId("before-the-bucket"))).isFalse();
    }

    @Test
    void archivesOfBothPlacesCanBeDeleted() throws IOException {
        for (BackupId id : repository.ids()) {
            repository.delete(id);
        }
        assertThat(repository.ids()).isEmpty();
        assertThat(local.resolve("before-the-bucket.ngbak")).exists();
    }
}
