package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.LocalRepository;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Reports the state of the stores, and whether this server can run jobs. */
final class ServerStatus {

    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** A check of a folder costs nothing, a check of a service one request. */
    private static final Duration MAX_REPOSITORY_AGE = Duration.ofSeconds(5);

    private static final Duration REPOSITORY_PATIENCE = Duration.ofSeconds(10);

    private final BackupManager manager;
    private final JobRunner jobs;
    private final BooleanSupplier stopping;
    private final RepositoryWatch repository;
    private ObjectNode stores;
    private long storesAt;

    ServerStatus(BackupManager manager, JobRunner jobs, BooleanSupplier stopping) {
        this.manager = manager;
        this.jobs = jobs;
        this.stopping = stopping;
        this.repository = new RepositoryWatch(
                this::hasNoProblem,
                manager.repository().kind().equals(LocalRepository.KIND) ? Duration.ZERO : MAX_REPOSITORY_AGE,
                REPOSITORY_PATIENCE);
    }

    /** Returns the state of the stores and of the repository. Simultaneous calls share one request to the stores. */
    synchronized ObjectNode stores() {
        if (stores == null || System.nanoTime() - storesAt > MAX_AGE_NANOS) {
            stores = Json.stack(manager.stack());
            stores.set("repository", Json.repository(manager.repository()));
            storesAt = System.nanoTime();
        }
        return stores;
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
        boolean recovers = jobs.current().isPresent();
        return manager.openRestore() == null || recovers
                ? Optional.empty()
                : Optional.of(
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
