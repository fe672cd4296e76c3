package dev.ngbak.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.Manifest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.LockOwner;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Tells other systems how a job ends: posts JSON to {@code BACKUP_NOTIFY_URL}, and calls {@code BACKUP_PING_URL} for backups.
 * A message that cannot be delivered causes a warning and never makes a job fail.
 */
final class Notifications {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Executor THREAD =
            task -> DaemonThreads.named("ngbak-notify").newThread(task).start();
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 2;

    private final EngineSettings settings;
    private final Manifest.SourceSystem system;
    private final Job job;
    /** The message that a backup begins. It must arrive before the one that it has ended. */
    private CompletableFuture<Void> beginning = CompletableFuture.completedFuture(null);

    Notifications(EngineContext context, Job job) {
        this.settings = context.settings();
        this.system = context.sourceSystem();
        this.job = job;
    }

    /** Reports that a backup begins, without waiting for the answer. */
    void backupBegins() {
        beginning = CompletableFuture.runAsync(() -> ping("/start", ""), THREAD);
    }

    void backupSucceeded(ArchiveInfo made) {
        beginning.join();
        ping("", "");
        ObjectNode message = message("backup_succeeded")
                .put("backup_id", made.id())
                .put("size_bytes", made.size())
                .put("consistency", made.manifest().consistency().grade().text());
        ObjectNode statistics = message.putObject("statistics");
        made.manifest().statistics().forEach(statistics::put);
        post(message);
    }

    void backupFailed(BackupException e) {
        beginning.join();
        ping("/fail", e.getMessage());
        post(failure("backup_failed", e));
    }

    void restoreSucceeded(RestoreResult result) {
        post(message("restore_succeeded")
                .put("backup_id", result.plan().archive().id())
                .put("safety_backup_id", result.safetyArchive()));
    }

    /** Reports that a restore failed, unless a user declined it. */
    void restoreFailed(BackupException e) {
        if (e.kind() != Kind.UNCONFIRMED) {
            post(failure("restore_failed", e));
        }
    }

    void restoreSettled(RecoveryOutcome outcome) {
        post(message("restore_settled").put("outcome", outcome.name().toLowerCase(Locale.ROOT)));
    }

    /** Reports a backup that contains much less than the one before. */
    void dataShrank(ArchiveInfo made, String text) {
        post(message("data_shrank").put("backup_id", made.id()).put("message", text));
    }

    void drillSucceeded(DrillResult result) {
        post(message("drill_succeeded").put("archive", result.archive().id()));
    }

    /** Reports that an archive failed its drill, or that the drill could not run. */
    void drillFailed(String archive, BackupException e) {
        post(failure("drill_failed", e).put("archive", archive));
    }

    /** Reports an archive that is damaged. */
    void verificationFailed(String archive, BackupException e) {
        if (e.kind() == Kind.CORRUPT && !ArchiveKeys.isReasonOf(e)) {
            post(failure("verification_failed", e).put("archive", archive));
        }
    }

    private ObjectNode failure(String event, BackupException e) {
        return message(event)
                .put("error", e.getMessage())
                .put("kind", e.kind().name().toLowerCase(Locale.ROOT));
    }

    private ObjectNode message(String event) {
        ObjectNode message = MAPPER.createObjectNode()
                .put("event", event)
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("host", LockOwner.host())
                .put("system", system.name());
        if (system.workspace() != null) {
            message.put("workspace", system.workspace());
        }
        return message.put("job_id", job.id());
    }

    private void post(ObjectNode message) {
        if (settings.notifyUrl() != null) {
            send("BACKUP_NOTIFY_URL", settings.notifyUrl(), "application/json", message.toString());
        }
    }

    private void ping(String end, String body) {
        if (settings.pingUrl() != null) {
            send("BACKUP_PING_URL", withEnd(settings.pingUrl(), end), "text/plain; charset=utf-8", body);
        }
    }

    /** Appends to the path of a URL, in front of its query. */
    private static String withEnd(String url, String end) {
        int query = url.indexOf('?');
        String path = query < 0 ? url : url.substring(0, query);
        return path.replaceFirst("/+$", "") + end + (query < 0 ? "" : url.substring(query));
    }

    private void send(String setting, String url, String contentType, String body) {
        String reason = "";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                HttpPost.send(url, contentType, body, TIMEOUT);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reason = "interrupted";
                break;
            } catch (IOException e) {
                reason = e.getMessage();
            }
        }
        job.warn("A message could not be sent to " + setting + " (" + reason + "). The job itself is not affected.");
    }
}
