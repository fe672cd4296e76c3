package dev.ngbak.jobs;

import dev.ngbak.engine.Job;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a job at one moment, as kept in the state directory and returned by the API.
 *
 * @param type {@code backup}, {@code restore}, {@code verify}, {@code recover}, {@code prune} or {@code check}; text, because a newer version may run
 *     other types in the same state directory
 * @param outcome {@code null} unless a restore had to be rolled back
 * @param startedAt {@code null} before the first phase
 * @param completedAt {@code null} while the job is open
 * @param error a sentence without a full stop; {@code null} unless the job failed or was cancelled
 * @param remedy a sentence without a full stop, or {@code null}
 * @param metadata facts about the job and its result: text, numbers, and lists and maps of these
 */
public record JobRecord(
        String id,
        String type,
        Status status,
        Outcome outcome,
        Instant createdAt,
        Instant startedAt,
        Instant completedAt,
        JobProgress progress,
        String error,
        String remedy,
        Map<String, Object> metadata,
        List<Job.Line> log) {

    /** The status of a job. */
    public enum Status {
        PENDING,
        PROCESSING,
        COMPLETED,
        FAILED,
        CANCELLED
    }

    /** The state of the data after a restore that did not succeed. */
    public enum Outcome {
        ROLLED_BACK,
        ROLLBACK_FAILED
    }

    /** Copies the metadata and the log. */
    public JobRecord {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        log = List.copyOf(log);
    }

    /** Returns whether the job has not ended yet. */
    public boolean isOpen() {
        return status == Status.PENDING || status == Status.PROCESSING;
    }

    /** Returns a metadata member that is text. */
    public Optional<String> text(String member) {
        return Optional.ofNullable(metadata.get(member))
                .filter(String.class::isInstance)
                .map(String.class::cast);
    }
}
