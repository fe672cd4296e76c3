package dev.ngbak.server;

import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobObserver;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.Retention;
import dev.ngbak.spi.BackupException;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The metrics of {@code /metrics}. Ages and states are derived from the archives and job records on the disk, so they include
 * the work of the command line. Observes the jobs of this server to measure them.
 */
final class Metrics implements JobObserver {

    /** The content type of {@link #text}. */
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final List<String> TYPES = List.of(
            JobDefinition.BACKUP,
            JobDefinition.RESTORE,
            JobDefinition.VERIFY,
            JobDefinition.RECOVER,
            JobDefinition.PRUNE,
            JobDefinition.DRILL,
            JobDefinition.CHECK);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<List<ArchiveInfo>> archives;
    private final Supplier<List<JobRecord>> jobs;
    /** The archives of the present scrape, or {@code null} if they cannot be listed. */
    private List<ArchiveInfo> listed;

    Metrics(Supplier<List<ArchiveInfo>> archives, Supplier<List<JobRecord>> jobs, ArchiveRepository repository) {
        this.archives = archives;
        this.jobs = jobs;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        TimeGauge.builder("ngbak.last.backup.age", this::secondsSinceLast, TimeUnit.SECONDS)
                .description(
                        "Age of the newest readable archive, not counting safety archives; NaN if there is no archive")
                .register(registry);
        Gauge.builder("ngbak.archives", () -> ofArchives(all -> backups(all).size()))
                .description("Readable archives, not counting safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.archives.unreadable",
                        () -> ofArchives(all -> all.stream()
                                .filter(archive -> archive.unreadable() != null)
                                .count()))
                .description("Unreadable archives, including safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.archives.size",
                        () -> ofArchives(
                                all -> all.stream().mapToLong(ArchiveInfo::size).sum()))
                .baseUnit("bytes")
                .description("Total size of all archives, including safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.last.backup.size",
                        () -> ofArchives(all -> backups(all).stream()
                                .findFirst()
                                .map(archive -> (double) archive.size())
                                .orElse(Double.NaN)))
                .baseUnit("bytes")
                .description("Size of the newest readable archive, not counting safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.archives.damaged",
                        () -> ofArchives(all -> all.stream()
                                .filter(archive -> archive.verification() != null
                                        && !archive.verification().ok())
                                .count()))
                .description("Archives that failed their last verification, including safety archives")
                .register(registry);
        Gauge.builder(
                        "ngbak.last.check.errors",
                        () -> ofArchives(all -> backups(all).stream()
                                .map(archive -> archive.manifest().check())
                                .filter(Objects::nonNull)
                                .findFirst()
                                .map(check -> (double) check.errors())
                                .orElse(Double.NaN)))
                .description(
                        "Broken rules that mean lost or mixed up data, in the newest archive with a result of the reference"
                                + " check; NaN if there is none")
                .register(registry);
        Gauge.builder("ngbak.last.backup.shrunk", () -> ofArchives(Metrics::hasShrunk))
                .description(
                        "1 if a count of the newest archive is less than half of what it was and nobody acknowledged that,"
                                + " otherwise 0; NaN if there are not two archives of the same system and workspace")
                .register(registry);
        TimeGauge.builder("ngbak.last.verified.timestamp", this::lastVerified, TimeUnit.SECONDS)
                .description("Time of the last successful verification, in seconds of Unix time; NaN if it is unknown")
                .register(registry);
        TimeGauge.builder("ngbak.last.drill.timestamp", () -> ofArchives(Metrics::lastDrill), TimeUnit.SECONDS)
                .description(
                        "Time of the last drill that an archive passed, in seconds of Unix time; NaN if there is none")
                .register(registry);
        Gauge.builder("ngbak.last.drill.passed", () -> ofArchives(Metrics::lastDrillPassed))
                .description("1 if the archive of the last drill passed it, otherwise 0; NaN if there was no drill")
                .register(registry);
        Gauge.builder("ngbak.free", () -> free(repository))
                .baseUnit("bytes")
                .description("Free space in the repository; NaN if it is unknown, as that of a bucket")
                .register(registry);
        Gauge.builder("ngbak.repository.info", () -> 1)
                .tag("kind", repository.kind())
                .description("Always 1; the kind of the repository is a label")
                .register(registry);
        for (String type : TYPES) {
            Gauge.builder("ngbak.job.running", () -> running(type))
                    .tag("type", type)
                    .description("1 while a job of this type runs, in any process")
                    .register(registry);
            Gauge.builder("ngbak.last.job.succeeded", () -> lastSucceeded(type))
                    .tag("type", type)
                    .description(
                            "1 if the last ended job of this type completed, 0 if it did not, NaN if there is no such job")
                    .register(registry);
            TimeGauge.builder("ngbak.last.success.timestamp", () -> lastSuccess(type), TimeUnit.SECONDS)
                    .tag("type", type)
                    .description(
                            "Time at which the last successful job of this type ended, in seconds of Unix time; NaN if"
                                    + " there is no such job")
                    .register(registry);
            TimeGauge.builder("ngbak.last.success.duration", () -> lastDuration(type), TimeUnit.SECONDS)
                    .tag("type", type)
                    .description("Duration of the last successful job of this type; NaN if there is no such job")
                    .register(registry);
            for (Status status : List.of(Status.COMPLETED, Status.FAILED, Status.CANCELLED)) {
                duration(type, text(status));
            }
        }
        for (Role role : Role.values()) {
            failures(role);
        }
        bytes();
    }

    /** Adds the health of the system, whose judgement needs the jobs that these metrics observe. */
    void addHealth(Supplier<Health.Status> health) {
        Gauge.builder("ngbak.health", () -> health.get().ordinal())
                .description("0 if the data is protected, 1 if it is at risk, 2 if something is broken")
                .register(registry);
    }

    private Timer duration(String type, String status) {
        return Timer.builder("ngbak.job.duration")
                .tags("type", type, "status", status)
                .description("Duration of the jobs of this server")
                .register(registry);
    }

    private Counter failures(Role role) {
        return Counter.builder("ngbak.store.failures")
                .tag("store", role.id())
                .description("Jobs of this server in which this store failed")
                .register(registry);
    }

    private DistributionSummary bytes() {
        return DistributionSummary.builder("ngbak.backup.size")
                .baseUnit("bytes")
                .description("Size of the archives created by this server")
                .register(registry);
    }

    @Override
    public void recorded(JobRecord job, Job run) {
        Instant from = job.startedAt() == null ? job.createdAt() : job.startedAt();
        duration(job.type(), text(job.status())).record(Duration.between(from, job.completedAt()));
        run.failedStores().forEach(role -> failures(role).increment());
        if (job.metadata().get("size_bytes") instanceof Number size) {
            bytes().record(size.doubleValue());
        }
    }

    /** Counts an answered request. */
    void answered(String method, int status) {
        registry.counter("ngbak.http.requests", "method", method, "status", Integer.toString(status))
                .increment();
    }

    /** Lists the archives once for all gauges, because a list of a remote repository costs requests. */
    synchronized String text() {
        try {
            listed = archives.get();
        } catch (BackupException e) {
            listed = null;
        }
        return registry.scrape();
    }

    /** Returns a number that describes the archives, or NaN if they cannot be listed. */
    private double ofArchives(ToDoubleFunction<List<ArchiveInfo>> number) {
        return listed == null ? Double.NaN : number.applyAsDouble(listed);
    }

    /** Returns the readable archives without safety archives, because no schedule creates those. */
    private static List<ArchiveInfo> backups(List<ArchiveInfo> all) {
        return all.stream()
                .filter(archive -> archive.manifest() != null && !archive.id().startsWith(Retention.SAFETY_PREFIX))
                .toList();
    }

    private double secondsSinceLast() {
        return ofArchives(all -> backups(all).stream()
                .findFirst()
                .map(archive ->
                        Duration.between(archive.createdAt(), Instant.now()).toMillis() / 1000.0)
                .orElse(Double.NaN));
    }

    private double running(String type) {
        return jobs.get().stream().anyMatch(job -> job.isOpen() && job.type().equals(type)) ? 1 : 0;
    }

    private double lastSucceeded(String type) {
        return jobs.get().stream()
                .filter(job -> !job.isOpen() && job.type().equals(type))
                .findFirst()
                .map(job -> job.status() == Status.COMPLETED ? 1.0 : 0.0)
                .orElse(Double.NaN);
    }

    private Optional<JobRecord> lastCompleted(String type) {
        return jobs.get().stream()
                .filter(job -> job.status() == Status.COMPLETED && job.type().equals(type))
                .findFirst();
    }

    private double lastSuccess(String type) {
        return lastCompleted(type).map(job -> seconds(job.completedAt())).orElse(Double.NaN);
    }

    private double lastDuration(String type) {
        return lastCompleted(type)
                .map(job -> seconds(job.completedAt())
                        - seconds(job.startedAt() == null ? job.createdAt() : job.startedAt()))
                .orElse(Double.NaN);
    }

    private double lastVerified() {
        return ofArchives(all -> all.stream()
                .filter(archive ->
                        archive.verification() != null && archive.verification().ok())
                .mapToDouble(archive -> seconds(archive.verification().at()))
                .max()
                .orElse(Double.NaN));
    }

    private static double lastDrill(List<ArchiveInfo> all) {
        return drills(all)
                .filter(DrillOutcome::passed)
                .mapToDouble(drill -> seconds(drill.at()))
                .max()
                .orElse(Double.NaN);
    }

    private static double lastDrillPassed(List<ArchiveInfo> all) {
        return drills(all)
                .max(Comparator.comparing(DrillOutcome::at))
                .map(drill -> drill.passed() ? 1.0 : 0.0)
                .orElse(Double.NaN);
    }

    private static Stream<DrillOutcome> drills(List<ArchiveInfo> all) {
        return all.stream().flatMap(archive -> archive.marks().drills().stream());
    }

    private static double hasShrunk(List<ArchiveInfo> all) {
        List<ArchiveInfo> backups = backups(all);
        if (backups.isEmpty()) {
            return Double.NaN;
        }
        Manifest.SourceSystem system = backups.get(0).manifest().system();
        List<ArchiveInfo> same = backups.stream()
                .filter(archive -> archive.manifest().system().hasSameData(system))
                .toList();
        return same.size() < 2 ? Double.NaN : DataLoss.find(same).isPresent() ? 1 : 0;
    }

    private static double seconds(Instant time) {
        return time.toEpochMilli() / 1000.0;
    }

    private static String text(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static double free(ArchiveRepository repository) {
        try {
            OptionalLong free = repository.freeSpace();
            return free.isPresent() ? free.getAsLong() : Double.NaN;
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
