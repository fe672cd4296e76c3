package dev.ngbak.server;

import dev.ngbak.engine.StoreStatus;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.repository.ArchiveInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Health} is judged by.
 *
 * @param now the present time
 * @param expectedEvery how often a backup is expected, or {@code null} if that is not known
 * @param archives the archives of the configured system and workspace, and those that cannot be read; newest first
 * @param jobs the jobs of all processes, newest first
 * @param openRestore the restore that was interrupted and is not settled, as a sentence without a full stop
 * @param repositoryProblem the reason why archives cannot be listed or stored, as a sentence
 * @param stores empty if their state is not known
 * @param freeBytes the free space of the repository, if it is limited and known
 */
record HealthFacts(
        Instant now,
        @Nullable Duration expectedEvery,
        List<ArchiveInfo> archives,
        List<JobRecord> jobs,
        Optional<String> openRestore,
        Optional<String> repositoryProblem,
        Optional<List<StoreStatus>> stores,
        OptionalLong freeBytes) {}
