package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description =
                "Replaces the content of the stores by that of an archive, and proves them equal. Asks before it changes anything.")
@Reference(
        examples = {
            "ngbak restore latest --dry-run           # shows what would change",
            "ngbak restore before-reindex             # shows the same, then asks",
            "ngbak restore ./copy.ngbak --backends vector --yes",
            "ngbak restore latest --as experiment      # copies a workspace"
        },
        groups = {Group.ARCHIVES, Group.STORES},
        settings = {"BACKUP_COMPRESSION", "BACKUP_PAUSE_HOOK", "BACKUP_RESUME_HOOK", "BACKUP_HOOK_TIMEOUT"},
        exits = {
            ExitCode.DAMAGED,
            ExitCode.NOT_FOUND,
            ExitCode.BUSY,
            ExitCode.UNREACHABLE,
            ExitCode.INCOMPATIBLE,
            ExitCode.UNCONFIRMED,
            ExitCode.NO_SPACE,
            ExitCode.ROLLED_BACK,
            ExitCode.NOT_AS_BEFORE
        })
final class RestoreCommand extends BaseCommand {

    private enum Verify {
        full,
        counts
    }

    private enum Compare {
        counts,
        content
    }

    @Parameters(paramLabel = "ID-OR-FILE", description = ID_OR_FILE)
    private String archive;

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    private boolean yes;

    @Option(names = "--dry-run", description = "Check everything and show what would change. Nothing is changed.")
    private boolean dryRun;

    @Option(
            names = "--backends",
            split = ",",
            hideParamSyntax = true,
            paramLabel = "graph,vector,kv",
            description = "Restore only these stores. Default: all stores in the archive.")
    private List<String> backends = List.of();

    @Option(
            names = "--no-safety-backup",
            description =
                    "Do not save the live data as a safety archive first. Then a restore that fails cannot be rolled"
                            + " back: ngbak recover can only complete it.")
    private boolean noSafetyBackup;

    @Option(
            names = "--verify",
            paramLabel = "full|counts",
            description = "Prove the result by content digest (full, the default) or by counts.")
    private Verify verify = Verify.full;

    @Option(
            names = "--compare",
            paramLabel = "counts|content",
            description =
                    "Compare counts (the default) or contents in the plan. Contents take longer: ngbak reads all live stores.")
    private Compare compare = Compare.counts;

    @Option(
            names = "--as",
            paramLabel = "WORKSPACE",
            description =
                    "Restore into this workspace, whatever the archive and the settings name: a copy. \"\" is the unnamed one."
                            + " It must be empty, unless --replace is given.")
    private String workspace;

    @Option(names = "--replace", description = "With --as: replace what the workspace contains.")
    private boolean replace;

    @Option(
            names = "--convert",
            description = "Restore into the backends that the settings select, although the archive is from others.")
    private boolean convert;

    @Option(
            names = "--map-path",
            paramLabel = "OLD=NEW",
            description = "Replace the beginning OLD of absolute paths in records by NEW. May be repeated.")
    private Map<String, String> paths = new HashMap<>();

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        RestoreOptions options = new RestoreOptions(
                roles(),
                verify == Verify.counts,
                !noSafetyBackup,
                compare == Compare.content,
                new RestoreTarget(workspace, replace, convert, paths));
        return dryRun ? plan(manager, options) : restore(manager, options);
    }

    private int plan(BackupManager manager, RestoreOptions options) {
        ReadableArchive file = manager.archive(archive);
        RestorePlan plan = terminal.runReading(job -> manager.plan(file, options, job));
        ObjectNode json = Json.plan(plan);
        terminal.warnOfOpenRestore(manager, json);
        show(plan);
        if (!plan.problems().isEmpty()) {
            return terminal.fail(
                    new BackupException(
                            plan.problemKind(),
                            "This restore is not possible: " + String.join("; ", plan.problems()),
                            ""),
                    json);
        }
        terminal.println("This restore is possible. Nothing was changed.");
        terminal.printResult(json);
        return ExitCode.DONE;
    }

    private int restore(BackupManager manager, RestoreOptions options) {
        ReadableArchive file = manager.archive(archive);
        RestoreResult result = terminal.run(manager, JobDefinition.restore(manager, file, options, this::confirmed));
        ObjectNode json = Json.plan(result.plan());
        ObjectNode proofs = json.putObject("proofs");
        result.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
        terminal.println("Restored " + result.plan().archive().id() + ": "
                + Format.counts(result.plan().archived()) + ".");
        terminal.println("Proved equal to the archive: " + JobDefinition.describeProofs(result.proofs()) + ".");
        json.put("sample_query", result.sample().size());
        if (!result.sample().isEmpty()) {
            terminal.println(
                    "Queried all stores: " + Sizes.count(result.sample().size(), "entities")
                            + ", each with its vector, its node, its chunks and their documents.");
        }
        if (result.safetyArchive() != null) {
            json.put("safety_backup_id", result.safetyArchive());
            terminal.println("The previous data is in " + result.safetyArchive() + ". To go back to it, run "
                    + options.target().restoreCommand(result.safetyArchive()) + ".");
        }
        terminal.printAdvice(json);
        terminal.printResult(json);
        return ExitCode.DONE;
    }

    private boolean confirmed(RestorePlan plan) {
        show(plan);
        return yes
                || terminal.confirm(
                        "The live data of these stores will be replaced by the archive "
                                + plan.archive().id() + ".",
                        "yes");
    }

    private void show(RestorePlan plan) {
        String note = plan.archive().manifest().note();
        terminal.println("Archive " + plan.archive().id() + ", made "
                + Sizes.time(plan.archive().createdAt()) + " UTC" + (note == null ? "" : ", note: " + note));
        String archived = plan.archive().manifest().system().workspace();
        if (!Objects.equals(archived, plan.workspace())) {
            terminal.println("  would restore " + SourceSystem.displayName(archived) + " as "
                    + SourceSystem.displayName(plan.workspace()));
        }
        plan.targets().forEach((role, target) -> {
            String from = plan.archive().manifest().stores().get(role).backend();
            String conversion = from.equals(target.backend()) ? "" : ", converted from " + from;
            terminal.println("  would replace the " + role.id() + " store: " + target.place() + conversion);
        });
        Format.table(plan).forEach(terminal::println);
        if (plan.contents().isEmpty()) {
            terminal.println(
                    "  Only counts were compared. Equal counts do not mean equal contents; use --compare content to"
                            + " compare contents.");
        }
        plan.targets().keySet().stream()
                .filter(plan.contents()::containsKey)
                .forEach(role -> terminal.println("  content of the " + role.id() + " store: "
                        + Format.content(plan.contents().get(role))));
        plan.warnings().forEach(warning -> terminal.println("  ! " + warning));
        plan.problems().forEach(problem -> terminal.println("  PROBLEM: " + problem));
    }

    private Set<Role> roles() {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : backends) {
            roles.add(Arrays.stream(Role.values())
                    .filter(role -> role.id().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new BackupException(
                            Kind.INVALID,
                            "--backends contains the unknown store \"" + name + "\"",
                            "Use graph, vector and kv")));
        }
        return roles;
    }
}
