package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = "Makes the stores equal to an archive, and proves it. Asks before it replaces anything.")
final class RestoreCommand implements Callable<Integer> {

    private enum Verify {
        full,
        counts
    }

    private enum Compare {
        counts,
        content
    }

    private final Settings settings;
    private final Terminal terminal;

    @Parameters(paramLabel = "ID-OR-FILE", description = "With a / or ending in .ngbak it is a file, else an id.")
    private String archive;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(names = "--dry-run", description = "Check everything and show what would change; change nothing.")
    private boolean dryRun;

    @Option(
            names = "--backends",
            split = ",",
            paramLabel = "graph,vector,kv",
            description = "Restore only these; by default all that are in the archive.")
    private List<String> backends = List.of();

    @Option(
            names = "--no-safety-backup",
            description = "Do not save what is there first. Then there is no way back: a restore that fails can only be"
                    + " finished by ngbak recover.")
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
                    "What the plan compares: counts (the default), or the contents of the live stores, which it reads"
                            + " whole.")
    private Compare compare = Compare.counts;

    RestoreCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        Path file = manager.archive(archive);
        RestoreOptions options =
                new RestoreOptions(roles(), verify == Verify.counts, !noSafetyBackup, compare == Compare.content);
        return dryRun ? plan(manager, file, options) : restore(manager, file, options);
    }

    private int plan(BackupManager manager, Path file, RestoreOptions options) {
        RestorePlan plan = terminal.read(job -> manager.plan(file, options, job));
        ObjectNode json = Json.plan(plan);
        terminal.warnOfOpenRestore(manager, json);
        show(plan);
        if (!plan.problems().isEmpty()) {
            return terminal.fail(
                    new BackupException(
                            plan.problemKind(),
                            "The restore could not be done: " + String.join("; ", plan.problems()),
                            ""),
                    json);
        }
        terminal.say("It could be done. Nothing was changed.");
        terminal.result(json);
        return ExitCode.DONE;
    }

    private int restore(BackupManager manager, Path file, RestoreOptions options) {
        RestoreResult result = terminal.watch(manager, JobDefinition.restore(manager, file, options, this::confirmed));
        ObjectNode json = Json.plan(result.plan());
        ObjectNode proofs = json.putObject("proofs");
        result.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
        terminal.say("Restored " + result.plan().archive().id() + ": "
                + Format.counts(result.plan().archived()) + ".");
        terminal.say("Proved equal to the archive: "
                + result.proofs().entrySet().stream()
                        .sorted(java.util.Map.Entry.comparingByKey())
                        .map(proof -> proof.getKey().id() + " by " + proof.getValue())
                        .collect(Collectors.joining(", "))
                + ".");
        json.put("sample_query", result.sample().size());
        if (!result.sample().isEmpty()) {
            terminal.say(
                    "Asked across all stores: " + Sizes.count(result.sample().size(), "entities")
                            + ", each found first by its vector, with its node, its chunks and their documents.");
        }
        if (result.safetyArchive() != null) {
            json.put("safety_backup_id", result.safetyArchive());
            terminal.say("What was there before is in " + result.safetyArchive() + "; ngbak restore "
                    + result.safetyArchive() + " brings it back.");
        }
        terminal.advise(json);
        terminal.result(json);
        return ExitCode.DONE;
    }

    private boolean confirmed(RestorePlan plan) {
        show(plan);
        return yes || terminal.confirm("The live data of these stores will be replaced by the archive.", "yes");
    }

    private void show(RestorePlan plan) {
        String note = plan.archive().manifest().note();
        terminal.say("Archive " + plan.archive().id() + ", made "
                + Sizes.time(plan.archive().createdAt()) + " UTC" + (note == null ? "" : ", note: " + note));
        plan.targets()
                .forEach((role, target) ->
                        terminal.say("  would replace the " + role.id() + " store: " + target.place()));
        Format.table(plan).forEach(terminal::say);
        if (plan.contents().isEmpty()) {
            terminal.say("  Only counts were compared, and equal counts can hide different contents. --compare content"
                    + " compares the contents.");
        }
        plan.targets().keySet().stream()
                .filter(plan.contents()::containsKey)
                .forEach(role -> terminal.say("  content of the " + role.id() + " store: "
                        + Format.content(plan.contents().get(role))));
        plan.warnings().forEach(warning -> terminal.say("  ! " + warning));
        plan.problems().forEach(problem -> terminal.say("  PROBLEM: " + problem));
    }

    private Set<Role> roles() {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : backends) {
            roles.add(java.util.Arrays.stream(Role.values())
                    .filter(role -> role.id().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new BackupException(
                            Kind.INVALID, "--backends has \"" + name + "\"", "It must be of graph, vector and kv")));
        }
        return roles;
    }
}
