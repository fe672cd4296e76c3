package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * Deletes archives together with their sidecars. A process that dies meanwhile leaves a sign, so that the sidecars are deleted
 * later, but never those of an archive that somebody only moved away for a while. The repository's lock must be held.
 */
public final class ArchiveRemoval {

    private static final String SIGN = "deleting";

    private final ArchiveRepository repository;

    public ArchiveRemoval(ArchiveRepository repository) {
        this.repository = repository;
    }

    /**
     * Deletes an archive and its sidecars, durably.
     *
     * @throws BackupException as {@link ArchiveRepository#delete}; the sidecars stay then
     */
    public void delete(BackupId id) throws IOException {
        Sidecars sidecars = repository.sidecars();
        Set<String> names = sidecars.all().getOrDefault(id, Set.of());
        if (names.isEmpty()) {
            repository.delete(id);
            return;
        }
        sidecars.write(id, SIGN, new byte[0]);
        try {
            repository.delete(id);
        } catch (BackupException e) {
            sidecars.delete(id, SIGN);
            throw e;
        }
        deleteSidecars(id, names);
    }

    /** Deletes the sidecars of the archives whose deletion was interrupted. */
    public void finish() throws IOException {
        for (Map.Entry<BackupId, Set<String>> sidecars :
                repository.sidecars().all().entrySet()) {
            BackupId id = sidecars.getKey();
            if (sidecars.getValue().contains(SIGN)) {
                deleteSidecars(id, repository.contains(id) ? Set.of() : sidecars.getValue());
            }
        }
    }

    private void deleteSidecars(BackupId id, Set<String> names) throws IOException {
        for (String name : names) {
            if (!name.equals(SIGN)) {
                repository.sidecars().delete(id, name);
            }
        }
        repository.sidecars().delete(id, SIGN);
    }
}
