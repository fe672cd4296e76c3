package dev.ngbak.jobs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.Sizes;
import dev.ngbak.engine.VerificationReport;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a job does: one call of the engine, and how to tell of it.
 *
 * @param type {@code backup}, {@code restore}, {@code verify} or {@code recover}
 * @param metadata what is known before it runs, with {@code backup_id} where there is one
 * @param call the call itself
 * @param success given the result and the metadata, to which it may add: what was achieved, in a sentence
 */
public record JobDefinition<T>(
        String type, ObjectNode metadata, Function<Job, T> call, BiFunction<T, ObjectNode, String> success) {

    /**
     * A backup, whose id is final from now on.
     *
     * @param id or {@code null} for the default
     * @throws BackupException {@code INVALID} or {@code ALREADY_EXISTS} for an id that cannot be used
     */
    public static JobDefinition<ArchiveInfo> backup(BackupManager manager, String id, String note) {
        BackupId reserved = manager.nextId(id);
        ObjectNode metadata = of(reserved.text());
        if (note != null) {
            metadata.put("note", note);
        }
        return new JobDefinition<>(
                "backup", metadata, job -> manager.create(reserved.text(), note, job), (archive, known) -> {
                    known.put("size_bytes", archive.size());
                    known.put("checksum", archive.manifest().checksum());
                    String grade = archive.manifest().consistency().grade().text();
                    known.put("consistency", grade);
                    return "The backup " + archive.id() + " is made: " + Sizes.of(archive.size()) + ", " + grade;
                });
    }

    /** A verification of one archive. */
    public static JobDefinition<VerificationReport> verify(BackupManager manager, Path archive) {
        return new JobDefinition<>("verify", of(id(archive)), job -> manager.verify(archive, job), (report, known) -> {
            List<String> decoded =
                    report.decoded().stream().sorted().map(Role::id).toList();
            Json.strings(known, "decoded", decoded);
            Json.strings(known, "warnings", report.warnings());
            return "The archive " + report.archive().id() + " is what its manifest says: "
                    + Sizes.of(report.archive().size()) + " read, and every record of "
                    + (decoded.isEmpty() ? "no store" : String.join(", ", decoded)) + " decoded";
        });
    }

    /** A restore. */
    public static JobDefinition<RestoreResult> restore(
            BackupManager manager, Path archive, RestoreOptions options, Predicate<RestorePlan> confirm) {
        return new JobDefinition<>(
                "restore", of(id(archive)), job -> manager.restore(archive, options, confirm, job), (result, known) -> {
                    if (result.safetyArchive() != null) {
                        known.put("safety_backup_id", result.safetyArchive());
                    }
                    ObjectNode proofs = known.putObject("proofs");
                    result.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
                    Json.strings(known, "warnings", result.plan().warnings());
                    return "Restored " + result.plan().archive().id() + " and proved the stores equal to it: "
                            + String.join(
                                    ", ",
                                    result.proofs().entrySet().stream()
                                            .sorted(Map.Entry.comparingByKey())
                                            .map(proof -> proof.getKey().id() + " by " + proof.getValue())
                                            .toList());
                });
    }

    /** Settling a restore that was interrupted; a job only where there is one. */
    public static JobDefinition<RecoveryOutcome> recover(BackupManager manager) {
        return new JobDefinition<>("recover", Json.MAPPER.createObjectNode(), manager::recover, (recovery, known) -> {
            known.put("recovery", recovery.name().toLowerCase(Locale.ROOT));
            return said(recovery);
        });
    }

    /** How an interrupted restore was settled, in a sentence without a full stop. */
    public static String said(RecoveryOutcome recovery) {
        return switch (recovery) {
            case NOTHING -> "No restore is open: there is nothing to recover";
            case UNCHANGED -> "The interrupted restore had changed nothing. All stores are as before it";
            case ROLLED_BACK -> "All stores are as before the interrupted restore";
            case COMPLETED -> "The interrupted restore is finished: all stores hold what its archive holds";
        };
    }

    /** The same, with something around the call. */
    public JobDefinition<T> watchedBy(BiFunction<Job, Function<Job, T>, T> watcher) {
        return new JobDefinition<>(type, metadata, job -> watcher.apply(job, call), success);
    }

    /** The same with one more thing known of it. */
    public JobDefinition<T> with(String member, String value) {
        metadata.put(member, value);
        return this;
    }

    private static ObjectNode of(String backupId) {
        return Json.MAPPER.createObjectNode().put("backup_id", backupId);
    }

    private static String id(Path archive) {
        String name = archive.getFileName().toString();
        return name.endsWith(BackupId.SUFFIX) ? name.substring(0, name.length() - BackupId.SUFFIX.length()) : name;
    }
}
