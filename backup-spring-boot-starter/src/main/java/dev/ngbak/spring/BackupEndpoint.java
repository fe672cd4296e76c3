package dev.ngbak.spring;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.engine.JobEvent;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * The actuator endpoint {@code ngbak}: lists archives and starts a backup. Like every endpoint it is not exposed over HTTP unless the
 * application says so, and it only reads unless {@code management.endpoint.ngbak.access} is {@code unrestricted}.
 */
@Endpoint(id = "ngbak", defaultAccess = Access.READ_ONLY)
public final class BackupEndpoint implements DisposableBean {

    private static final int STATUS_ACCEPTED = 202;
    private static final int STATUS_CONFLICT = 409;

    private final BackupManager manager;
    private @Nullable Run run;

    BackupEndpoint(BackupManager manager) {
        this.manager = manager;
    }

    /** The answer to a read. */
    public record Report(@Nullable Backup backup, List<Archive> archives) {}

    /** An archive. A reason makes it unreadable. */
    public record Archive(
            String id,
            Instant createdAt,
            long size,
            @Nullable String unreadable) {}

    /**
     * The last backup that this endpoint started.
     *
     * @param status {@code running}, {@code completed}, {@code failed} or {@code cancelled}
     * @param phase the last event of a running backup
     * @param id the archive of a completed backup
     * @param error why it failed
     */
    public record Backup(
            String status,
            @Nullable String phase,
            @Nullable String id,
            @Nullable String error) {}

    private static final class Run {
        private final CompletableFuture<ArchiveInfo> future;
        private volatile String phase = "pending";

        Run(BackupManager manager, @Nullable String note) {
            BackupRequest.Builder request = BackupRequest.builder().listener(this::onEvent);
            if (note != null) {
                request.note(note);
            }
            future = manager.createAsync(request.build());
        }

        private void onEvent(JobEvent event) {
            if (event instanceof JobEvent.PhaseStarted started) {
                phase = started.label();
            }
        }

        Backup report() {
            if (!future.isDone()) {
                return new Backup("running", phase, null, null);
            }
            if (future.isCancelled()) {
                return new Backup("cancelled", null, null, null);
            }
            try {
                return new Backup("completed", null, future.join().id(), null);
            } catch (CompletionException e) {
                String why = e.getCause() instanceof BackupException failure
                        ? failure.getMessage()
                        : "An unexpected failure, which is a defect of ngbak";
                return new Backup("failed", null, null, why);
            }
        }
    }

    /** Returns all archives, the newest first, and the last backup that was started here. */
    @ReadOperation
    public synchronized Report report() {
        List<Archive> archives = manager.list().stream()
                .map(archive -> new Archive(archive.id(), archive.createdAt(), archive.size(), archive.unreadable()))
                .toList();
        return new Report(run == null ? null : run.report(), archives);
    }

    /** Starts a backup, unless one that was started here is running. */
    @WriteOperation
    public synchronized WebEndpointResponse<Backup> backup(@Nullable String note) {
        if (run != null && !run.future.isDone()) {
            return new WebEndpointResponse<>(run.report(), STATUS_CONFLICT);
        }
        run = new Run(manager, note);
        return new WebEndpointResponse<>(run.report(), STATUS_ACCEPTED);
    }

    /** Cancels a backup that is running, and waits for its end. */
    @Override
    public void destroy() throws InterruptedException {
        Run last;
        synchronized (this) {
            last = run;
        }
        if (last != null && last.future.cancel(true)) {
            try {
                last.future.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException | CancellationException | TimeoutException e) {
                // The application stops either way, and an incomplete archive is never visible.
            }
        }
    }
}
