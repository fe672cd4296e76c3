package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A remote repository whose safety archives are in {@code BACKUP_DIR}, so that a rollback does not need the network. Safety
 * archives that are in the remote repository already can be read and deleted there.
 */
final class LocalSafetyRepository implements ArchiveRepository {

    private final ArchiveRepository remote;
    private final LocalRepository local;

    LocalSafetyRepository(ArchiveRepository remote, LocalRepository local) {
        this.remote = remote;
        this.local = local;
    }

    private static boolean isSafety(String id) {
        return id.startsWith(Retention.SAFETY_PREFIX);
    }

    private ArchiveRepository holderOf(BackupId id) {
        return isSafety(id.text()) && local.contains(id) ? local : remote;
    }

    @Override
    public List<ArchiveInfo> list() throws IOException {
        List<ArchiveInfo> archives = new ArrayList<>(remote.list());
        local.list().stream().filter(archive -> isSafety(archive.id())).forEach(archives::add);
        archives.sort(ArchiveInfo.NEWEST_FIRST);
        return archives;
    }

    @Override
    public boolean contains(BackupId id) throws IOException {
        return holderOf(id).contains(id);
    }

    @Override
    public Set<BackupId> ids() throws IOException {
        Set<BackupId> ids = new HashSet<>(remote.ids());
        local.ids().stream().filter(id -> isSafety(id.text())).forEach(ids::add);
        return ids;
    }

    @Override
    public ReadableArchive open(BackupId id) throws IOException {
        return holderOf(id).open(id);
    }

    @Override
    public Optional<BackupId> idOf(ReadableArchive archive) throws IOException {
        Optional<BackupId> id = remote.idOf(archive);
        return id.isPresent() ? id : local.idOf(archive);
    }

    @Override
    public ArchiveUpload create(BackupId id) throws IOException {
        return (isSafety(id.text()) ? local : remote).create(id);
    }

    @Override
    public boolean needsLocalSpace(BackupId id) {
        return isSafety(id.text()) || remote.needsLocalSpace(id);
    }

    @Override
    public void delete(BackupId id) throws IOException {
        holderOf(id).delete(id);
    }

    @Override
    public Sidecars sidecars() {
        return new BothSidecars();
    }

    @Override
    public RepositoryLock lock(String owner) throws IOException {
        return remote.lock(owner);
    }

    @Override
    public OptionalLong freeSpace() throws IOException {
        return remote.freeSpace();
    }

    @Override
    public Optional<BackupException> problem() throws IOException {
        return remote.problem();
    }

    @Override
    public List<String> examine() throws IOException {
        return remote.examine();
    }

    @Override
    public String kind() {
        return remote.kind();
    }

    @Override
    public String displayName() {
        return remote.displayName();
    }

    @Override
    public void close() {
        remote.close();
    }

    private final class BothSidecars implements Sidecars {

        @Override
        public Map<BackupId, Set<String>> all() throws IOException {
            Map<BackupId, Set<String>> all = new HashMap<>(remote.sidecars().all());
            local.sidecars().all().forEach((id, names) -> {
                if (isSafety(id.text())) {
                    all.put(id, names);
                }
            });
            return all;
        }

        @Override
        public byte[] read(BackupId id, String name) throws IOException {
            return of(id).read(id, name);
        }

        @Override
        public void write(BackupId id, String name, byte[] content) throws IOException {
            of(id).write(id, name, content);
        }

        @Override
        public void delete(BackupId id, String name) throws IOException {
            of(id).delete(id, name);
        }

        @Override
        public void deleteAll(BackupId id) throws IOException {
            of(id).deleteAll(id);
        }

        private Sidecars of(BackupId id) throws IOException {
            return holderOf(id).sidecars();
        }
    }
}
