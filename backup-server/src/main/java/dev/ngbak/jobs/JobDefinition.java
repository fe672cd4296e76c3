package dev.ngbak.jobs;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.Sizes;
import dev.ngbak.engine.VerificationReport;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A job to run: one call of the engine, and how to report its result.
 *
 * @param type one of the constants of this class
 * @param metadata facts that are known before the job runs
 * @param call the call of the engine
 * @param summary describes the result of the call
 */
public record JobDefinition<T>(
        String type, Map<String, Object> metadata, Function<Job, T> call, Function<T, Summary> summary) {

    public static final String BACKUP = "backup";
    public static final String RESTORE = "restore";
    public static final String VERIFY = "verify";
    public static final String RECOVER = "recover";
    public static final String PRUNE = "prune";
    public static final String DRILL = "drill";
    public static final String CHECK = "check";

    /** The types of the jobs that take no lock. */
    static final Set<String> READING = Set.of(VERIFY, CHECK);

    /**
     * The result of a job.
     *
     * @param message a sentence without a full stop
     * @param metadata facts to add to those of the job
     */
    public record Summary(String message, Map<String, Object> metadata) {}

    /**
     * Defines a backup and fixes its id.
     *
     * @param id {@code null} for the default id
     * @param note {@code null} for none
     * @throws BackupException {@code INVALID} or {@code ALREADY_EXISTS} for an id that cannot be used
     */
    public static JobDefinition<ArchiveInfo> backup(BackupManager manager, String id, String note) {
        String reserved = manager.nextId(id).text();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("backup_id", reserved);
        if (note != null) {
            metadata.put("note", note);
        }
        return new JobDefinition<>(
                BACKUP, metadata, job -> manager.create(reserved, note, job), JobDefinition::backupSummary);
    }

    private static Summary backupSummary(ArchiveInfo archive) {
        String grade = archive.manifest().consistency().grade().text();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("size_bytes", archive.size());
        metadata.put("checksum", archive.manifest().checksum());
        metadata.put("consistency", grade);
        return new Summary("Created backup " + archive.id() + ": " + Sizes.of(archive.size()) + ", " + grade, metadata);
    }

    /** Defines a verification of one archive. */
    public static JobDefinition<VerificationReport> verify(BackupManager manager, ReadableArchive archive) {
        return new JobDefinition<>(
                VERIFY, idOf(archive), job -> manager.verify(archive, job), JobDefinition::verificationSummary);
    }

    private static Summary verificationSummary(VerificationReport report) {
        List<String> decoded = report.decoded().stream().sorted().map(Role::id).toList();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("decoded", decoded);
        metadata.put("warnings", report.warnings());
        return new Summary(
                "Verified archive " + report.archive().id() + ": "
                        + Sizes.of(report.archive().size()) + " read, all digests match, "
                        + (decoded.isEmpty()
                                ? "no store to decode"
                                : "every record of " + String.join(", ", decoded) + " decoded"),
                metadata);
    }

    /** Defines a restore. The engine calls {@code confirm} before it changes anything. */
    public static JobDefinition<RestoreResult> restore(
            BackupManager manager, ReadableArchive archive, RestoreOptions options, Predicate<RestorePlan> confirm) {
        return new JobDefinition<>(
                RESTORE,
                idOf(archive),
                job -> manager.restore(archive, options, confirm, job),
                JobDefinition::restoreSummary);
    }

    private static Summary restoreSummary(RestoreResult result) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        if (result.safetyArchive() != null) {
            metadata.put("safety_backup_id", result.safetyArchive());
        }
        metadata.put("proofs", byId(result.proofs()));
        metadata.put("warnings", result.plan().warnings());
        return new Summary(
                "Restored " + result.plan().archive().id() + " and proved the stores equal to it: "
                        + describeProofs(result.proofs()),
                metadata);
    }

    /** Returns how each store was proved equal to the archive, such as {@code "kv by content digest"}. */
    public static String describeProofs(Map<Role, String> proofs) {
        return new TreeMap<>(proofs)
                .entrySet().stream()
                        .map(proof -> proof.getKey().id() + " by " + proof.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static Map<String, String> byId(Map<Role, String> proofs) {
        Map<String, String> byId = new LinkedHashMap<>();
        proofs.forEach((role, proof) -> byId.put(role.id(), proof));
        return byId;
    }

    /** Defines a restore drill. */
    public static JobDefinition<DrillResult> drill(BackupManager manager, ReadableArchive archive) {
        return new JobDefinition<>(DRILL, idOf(archive), job -> manager.drill(archive, job), drill -> {
            Map<String, Object> metadata = new LinkedHashMap<>();
            metadata.put("proofs", byId(drill.proofs()));
            metadata.put("sample_answers", drill.sample().size());
            return new Summary(
                    "Restored " + drill.archive().id() + " into scratch stores, proved them equal to it ("
                            + describeProofs(drill.proofs()) + "), and removed them",
                    metadata);
        });
    }

    /** Defines the recovery of an interrupted restore. It is recorded only if there is one. */
    public static JobDefinition<RecoveryOutcome> recover(BackupManager manager) {
        return new JobDefinition<>(
                RECOVER,
                Map.of(),
                manager::recover,
                recovery -> new Summary(
                        describe(recovery), Map.of("recovery", recovery.name().toLowerCase(Locale.ROOT))));
    }

    /** Defines the deletion of the archives that the settings no longer keep. Its result are their ids. */
    public static JobDefinition<List<String>> prune(BackupManager manager) {
        return new JobDefinition<>(
                PRUNE,
                Map.of(),
                manager::prune,
                deleted -> new Summary(
                        deleted.isEmpty()
                                ? "No archive had to be deleted"
                                : "Deleted " + Sizes.count(deleted.size(), "archives"),
                        Map.of("deleted", deleted)));
    }

    /**
     * Defines a reference check. Broken references are its result, not a failure.
     *
     * @param archive {@code null} for the live stores
     */
    public static JobDefinition<CheckReport> check(BackupManager manager, @Nullable ReadableArchive archive) {
        return new JobDefinition<>(
                CHECK,
                archive == null ? Map.of() : idOf(archive),
                job -> archive == null
                        ? ReferenceCheck.live(manager, job)
                        : ReferenceCheck.archive(manager, archive, job),
                report -> new Summary(
                        "Checked the references: " + Sizes.count(report.broken(Severity.ERROR), "errors") + ", "
                                + Sizes.count(report.broken(Severity.WARNING), "warnings"),
                        CheckJson.metadata(report)));
    }

    /** Returns the result of a recovery as a sentence without a full stop. */
    public static String describe(RecoveryOutcome recovery) {
        return switch (recovery) {
            case NOTHING -> "There is no interrupted restore: there is nothing to recover";
            case UNCHANGED -> "The interrupted restore had changed nothing. All stores are as they were before it";
            case ROLLED_BACK -> "The interrupted restore was rolled back. All stores are as they were before it";
            case COMPLETED -> "The interrupted restore is complete: all stores are equal to its archive";
        };
    }

    /** Returns a copy with one more metadata member. */
    public JobDefinition<T> with(String member, String value) {
        Map<String, Object> more = new LinkedHashMap<>(metadata);
        more.put(member, value);
        return new JobDefinition<>(type, more, call, summary);
    }

    private static Map<String, Object> idOf(ReadableArchive archive) {
        String name = archive.name();
        boolean suffix = name.endsWith(BackupId.SUFFIX);
        return Map.of("backup_id", suffix ? name.substring(0, name.length() - BackupId.SUFFIX.length()) : name);
    }
}
