package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;

/** Runs the sample query after a restore, if the class path contains one and it applies. */
final class SampleQueries {

    private SampleQueries() {}

    /**
     * Looks up a few entities in all stores. Logs the reason if the query does not apply.
     *
     * @param roles the stores that were restored
     * @throws BackupException if the stores lack part of an entity that the archive contains
     */
    static List<SampleAnswer> ask(VerifiedArchive archive, Set<Role> roles, StoreRegistry stores, Job job)
            throws IOException {
        Optional<SampleQuery> query = ServiceLoader.load(SampleQuery.class).findFirst();
        Optional<String> obstacle = query.isEmpty()
                ? Optional.of("the module backup-check is not on the class path")
                : obstacle(archive.manifest(), roles);
        if (obstacle.isPresent()) {
            job.info("The sample query was skipped, because " + obstacle.get() + ".");
            return List.of();
        }
        try (LiveRecords live = new LiveRecords(stores, job, role -> Progress.NONE)) {
            SystemRecords archived = new ArchivedRecords(archive, stores, job);
            SampleQuery.Result result = query.get().ask(live, archived);
            result.warnings().forEach(job::warn);
            job.info(result.summary());
            return result.answers();
        }
    }

    private static Optional<String> obstacle(Manifest manifest, Set<Role> roles) {
        if (!roles.equals(EnumSet.allOf(Role.class))) {
            return Optional.of("it needs all three stores, but not all were restored");
        }
        boolean isRaw = manifest.stores().values().stream()
                .anyMatch(store -> store.info().form().equals(ExportSession.RAW));
        return isRaw
                ? Optional.of("the archive contains the raw export of a broken store, which cannot be decoded")
                : Optional.empty();
    }
}
