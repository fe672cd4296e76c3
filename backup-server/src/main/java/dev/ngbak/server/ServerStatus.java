package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.StoreStatus;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.LocalRepository;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Reports the state of the stores, and whether this server can run jobs. */
final class ServerStatus {

    /** A check of a folder costs nothing, a check of a service one request. */
    private static final Duration MAX_REPOSITORY_AGE = Duration.ofSeconds(5);

    private static final Duration STORES_PATIENCE = Duration.ofSeconds(5);
    private static final Duration REPOSITORY_PATIENCE = Duration.ofSeconds(10);

    private final BackupManager manager;
    private final JobRunner jobs;
    private final BooleanSupplier stopping;
    private final RepositoryWatch repository;
    private final StoreWatch stores;

    ServerStatus(BackupManager manager, JobRunner jobs, BooleanSupplier stopping) {
        this.manager = manager;
        this.jobs = jobs;
        this.stopping = stopping;
        this.stores = new StoreWatch(manager::stack, STORES_PATIENCE);
        this.repository = new RepositoryWatch(
                this::hasNoProblem,
                manager.repository().kind().equals(LocalRepository.KIND) ? Duration.ZERO : MAX_REPOSITORY_AGE,
                REPOSITORY_PATIENCE);
    }

    /** Returns the present state of the stores and of the repository. */
    ObjectNode stores() {
        ObjectNode node = Json.stack(stores.now());
        node.set("repository", Json.repository(manager.repository()));
        return node;
    }

    /** Returns the state of the stores without a connection to them, or nothing if it is not known. */
    Optional<List<StoreStatus>> storesLastSeen() {
        return stores.lastSeen();
    }

    /** Returns the jobs of all processes, newest first. */
    List<JobRecord> jobs() {
        return jobs.list();
    }

    /** Returns the restore that was interrupted and that no job is settling, as a sentence without a full stop. */
    Optional<String> interruptedRestore() {
        return jobs.current().isPresent() ? Optional.empty() : Optional.ofNullable(manager.openRestore());
    }

    /** Returns the reason why archives cannot be stored, as a sentence. */
    Optional<String> repositoryProblem() {
        return repository.canStore()
                ? Optional.empty()
                : Optional.of("Archives cannot be stored in "
                        + manager.repository().displayName() + ". Run ngbak doctor to see why.");
    }

    /**
     * Returns the reason why this server cannot run jobs, as a sentence that may be shown without a key. Ignores the
     * state of the stores.
     */
    Optional<String> readinessProblem() {
        if (stopping.getAsBoolean()) {
            return Optional.of("The server is stopping.");
        }
        if (!repository.canStore()) {
            return Optional.of("Archives cannot be stored. Run ngbak doctor.");
        }
        return interruptedRestore()
                .map(restore ->
                        "A restore was interrupted and has not been recovered: the data may be a mix of two states."
                                + " Run ngbak recover.");
    }

    private boolean hasNoProblem() {
        try {
            return manager.repository().problem().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }
}
