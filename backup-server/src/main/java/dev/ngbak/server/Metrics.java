package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.spi.Role;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What to watch. Ages and states come from what is on the disk, so they include what the command line did. */
final class Metrics {

    private static final List<String> TYPES = List.of("backup", "restore", "verify", "recover");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<List<ArchiveInfo>> archives;
    private final Supplier<List<ObjectNode>> jobs;

    Metrics(Supplier<List<ArchiveInfo>> archives, Supplier<List<ObjectNode>> jobs, Path folder) {
        this.archives = archives;
        this.jobs = jobs;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        TimeGauge.builder("ngbak.last.backup.age", this::secondsSinceLast, TimeUnit.SECONDS)
                .description(
                        "Since the newest archive that can be read was begun, without safety archives; NaN while there is"
                                + " none")
                .register(registry);
        Gauge.builder("ngbak.archives", () -> backups().size())
                .description("Archives that can be read, without safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.archives.unreadable",
                        () -> archives.get().stream()
                                .filter(archive -> archive.manifest() == null)
                                .count())
                .description("Archives that cannot be read, safety archives among them")
                .register(registry);
        Gauge.builder(
                        "ngbak.archives.size",
                        () -> archives.get().stream()
                                .mapToLong(ArchiveInfo::size)
                                .sum())
                .baseUnit("bytes")
                .description("All archives together, safety archives among them")
                .register(registry);
        Gauge.builder(
                        "ngbak.last.backup.size",
                        () -> backups().stream()
                                .findFirst()
                                .map(archive -> (double) archive.size())
                                .orElse(Double.NaN))
                .baseUnit("bytes")
                .description("The newest archive that can be read, without safety archives")
                .register(registry);
        Gauge.builder("ngbak.free", () -> free(folder))
                .baseUnit("bytes")
                .description("Room where BACKUP_DIR is")
                .register(registry);
        for (String type : TYPES) {
            Gauge.builder("ngbak.job.running", () -> running(type))
                    .tag("type", type)
                    .description("1 while such a job runs, in whichever process")
                    .register(registry);
            Gauge.builder("ngbak.last.job.succeeded", () -> lastSucceeded(type))
                    .tag("type", type)
                    .description("1 when the last such job that ended has completed, 0 when not, NaN before the first")
                    .register(registry);
            for (String status : List.of("completed", "failed", "cancelled")) {
                duration(type, status);
            }
        }
        for (Role role : Role.values()) {
            failures(role);
        }
        bytes();
    }

    private Timer duration(String type, String status) {
        return Timer.builder("ngbak.job.duration")
                .tags("type", type, "status", status)
                .description("Jobs of this server, from beginning to end")
                .register(registry);
    }

    private Counter failures(Role role) {
        return Counter.builder("ngbak.store.failures")
                .tag("store", role.id())
                .description("Jobs of this server in which the store failed")
                .register(registry);
    }

    private DistributionSummary bytes() {
        return DistributionSummary.builder("ngbak.backup.size")
                .baseUnit("bytes")
                .description("Archives made by this server")
                .register(registry);
    }

    /** A job of this server has ended. */
    void ended(JsonNode shown, Job job) {
        Instant from = Instant.parse(
                shown.path("started_at").asText(shown.path("created_at").asText()));
        duration(shown.path("type").asText(), shown.path("status").asText())
                .record(Duration.between(
                        from, Instant.parse(shown.path("completed_at").asText())));
        job.failedStores().forEach(role -> failures(role).increment());
        if (shown.path("metadata").has("size_bytes")) {
            bytes().record(shown.path("metadata").path("size_bytes").asLong());
        }
    }

    void answered(String method, int status) {
        registry.counter("ngbak.http.requests", "method", method, "status", Integer.toString(status))
                .increment();
    }

    String text() {
        return registry.scrape();
    }

    /** Returns the archives that somebody made a backup for; what a restore saved is no backup that a schedule wants. */
    private List<ArchiveInfo> backups() {
        return archives.get().stream()
                .filter(archive -> archive.manifest() != null && !archive.id().startsWith("pre-restore_"))
                .toList();
    }

    private double secondsSinceLast() {
        return backups().stream()
                .findFirst()
                .map(archive ->
                        Duration.between(archive.createdAt(), Instant.now()).toMillis() / 1000.0)
                .orElse(Double.NaN);
    }

    private double running(String type) {
        return jobs.get().stream()
                        .anyMatch(job -> JobRunner.isOpen(job)
                                && job.path("type").asText().equals(type))
                ? 1
                : 0;
    }

    private double lastSucceeded(String type) {
        return jobs.get().stream()
                .filter(job ->
                        !JobRunner.isOpen(job) && job.path("type").asText().equals(type))
                .findFirst()
                .map(job -> job.path("status").asText().equals("completed") ? 1.0 : 0.0)
                .orElse(Double.NaN);
    }

    private static double free(Path folder) {
        try {
            Path existing = folder.toAbsolutePath();
            while (!Files.exists(existing)) {
                existing = existing.getParent();
            }
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /** The content type of {@link #text}. */
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";
}
