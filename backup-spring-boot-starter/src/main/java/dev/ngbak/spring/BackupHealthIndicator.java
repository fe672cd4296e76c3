package dev.ngbak.spring;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports the age of the last backup, and whether a restore is not settled. Reads the repository and the journal, but connects to
 * no store. Down if a restore is not settled, or if the last backup is older than allowed.
 */
final class BackupHealthIndicator extends AbstractHealthIndicator {

    private final BackupManager manager;
    private final @Nullable Duration maxAge;

    /** @param maxAge the age from which a backup is too old, or {@code null} for none */
    BackupHealthIndicator(BackupManager manager, @Nullable Duration maxAge) {
        super("The state of the backups could not be read");
        this.manager = manager;
        this.maxAge = maxAge;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        health.up();
        Optional<ArchiveInfo> last = manager.list().stream()
                .filter(archive -> archive.manifest() != null && !archive.id().startsWith(Retention.SAFETY_PREFIX))
                .findFirst();
        last.ifPresentOrElse(
                archive -> health.withDetail("lastBackup", archive.id())
                        .withDetail("lastBackupAt", archive.createdAt().toString())
                        .withDetail("lastBackupAgeSeconds", age(archive).toSeconds()),
                () -> health.withDetail("lastBackup", "none"));
        if (maxAge != null && (last.isEmpty() || age(last.get()).compareTo(maxAge) > 0)) {
            health.down()
                    .withDetail(
                            "problem",
                            "The last backup is older than management.health.ngbak.max-age, or there is none");
        }
        String open = manager.openRestore();
        if (open != null) {
            health.down().withDetail("pendingRestore", open);
        }
    }

    private static Duration age(ArchiveInfo archive) {
        return Duration.between(archive.createdAt(), Instant.now());
    }
}
