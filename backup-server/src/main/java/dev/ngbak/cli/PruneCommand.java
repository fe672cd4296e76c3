package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.RetentionPlan;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prune",
        description = {
            "Deletes the archives that BACKUP_KEEP and BACKUP_RETENTION no longer keep, as each backup does at its end.",
            "The newest archive, the newest that was verified and passed the reference check, and pinned archives stay in any"
                    + " case. All stay while the newest one contains less than half of what was there before, until ngbak"
                    + " acknowledge confirms that. Safety archives, unreadable archives and those that failed their verification are neither"
                    + " counted nor deleted."
        })
@Reference(
        examples = {"ngbak prune --dry-run    # shows what would go, and why the rest stays", "ngbak prune"},
        exits = {ExitCode.USAGE, ExitCode.BUSY, ExitCode.UNREACHABLE, ExitCode.NOT_AS_BEFORE})
final class PruneCommand extends BaseCommand {

    @Option(names = "--dry-run", description = "Only show what would be deleted, and why each other archive stays.")
    private boolean dryRun;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        if (dryRun) {
            RetentionPlan plan = manager.prunePlan();
            show(plan);
            terminal.printResult(Json.retention(plan));
            return ExitCode.DONE;
        }
        List<String> deleted = terminal.run(manager, JobDefinition.prune(manager));
        terminal.println(
                deleted.isEmpty()
                        ? "No archive had to be deleted."
                        : "Deleted " + Sizes.count(deleted.size(), "archives") + ".");
        ObjectNode result = Terminal.object();
        Json.strings(result, "deleted", deleted);
        terminal.printAdvice(result);
        terminal.printResult(result);
        return ExitCode.DONE;
    }

    private void show(RetentionPlan plan) {
        int widest = plan.decisions().stream()
                .mapToInt(decision -> decision.archive().id().length())
                .max()
                .orElse(2);
        String row = "%-6s  %-20s  %-" + widest + "s  %10s  %s";
        terminal.println(String.format(Locale.ROOT, row, "", "MADE (UTC)", "ID", "SIZE", "WHY"));
        for (RetentionPlan.Decision decision : plan.decisions()) {
            ArchiveInfo archive = decision.archive();
            terminal.println(String.format(
                    Locale.ROOT,
                    row,
                    decision.kept() ? "keep" : "delete",
                    Sizes.time(archive.createdAt()),
                    archive.id(),
                    Sizes.of(archive.size()),
                    String.join(", ", decision.reasons())));
        }
        plan.loss()
                .ifPresent(loss -> terminal.println("! " + loss.now().id() + " contains less than half of what "
                        + loss.before().id() + " contains: " + loss.text() + ". " + loss.remedy() + "."));
        int deletions = plan.deletions().size();
        terminal.println("The retention is " + plan.policy() + ". ngbak prune would delete "
                + (deletions == 0
                        ? "nothing"
                        : deletions + " of " + plan.decisions().size() + " archives") + ".");
    }
}
