package dev.ngbak.cli;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.CheckJson;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "check",
        description = {
            "Finds broken references between graph, vectors and documents, in the live stores or in an archive. Changes"
                    + " nothing.",
            "The exit code is 3 if it finds errors. Warnings also occur in healthy systems."
        })
@Reference(
        examples = {
            "ngbak check                         # the live stores",
            "ngbak check latest                  # an archive"
        },
        groups = {Group.ARCHIVES, Group.STORES, Group.SYSTEM},
        exits = {
            ExitCode.CHECK_FOUND_ERRORS,
            ExitCode.DAMAGED,
            ExitCode.NOT_FOUND,
            ExitCode.UNREACHABLE,
            ExitCode.INCOMPATIBLE
        })
final class CheckCommand extends BaseCommand {

    @Parameters(paramLabel = "ID-OR-FILE", arity = "0..1", description = ID_OR_FILE + " Default: the live stores.")
    private String archive;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ReadableArchive file = archive == null ? null : manager.archive(archive);
        CheckReport report = terminal.runReading(
                job -> file == null ? ReferenceCheck.live(manager, job) : ReferenceCheck.archive(manager, file, job));
        terminal.println("Checked " + (file == null ? "the live stores" : "the archive " + file.name()) + ": "
                + report.seen().entrySet().stream()
                        .map(sort -> Sizes.count(sort.getValue(), sort.getKey().replace('_', ' ')))
                        .collect(Collectors.joining(", "))
                + ".");
        report.results().forEach(this::show);
        report.warnings().forEach(warning -> terminal.println("! " + warning));
        long errors = report.broken(Severity.ERROR);
        terminal.println(verdict(report, errors));
        if (errors == 0) {
            terminal.printResult(CheckJson.report(report));
            return ExitCode.DONE;
        }
        return terminal.fail(
                new BackupException(
                        Kind.INTERNAL,
                        rules(errors) + (errors == 1 ? " is" : " are") + " broken "
                                + (file == null ? "in the live stores" : "in the archive")
                                + ": data was lost or mixed up",
                        "See the samples above and docs/CHECK.md, and restore a backup taken before the damage to recover"
                                + " the missing data"),
                CheckJson.report(report),
                ExitCode.CHECK_FOUND_ERRORS);
    }

    private void show(CheckReport.Result result) {
        String rule = result.rule().code();
        if (result.obstacle().isPresent()) {
            terminal.println(line(rule, "not checked", result.rule().title()));
            terminal.println("       " + result.obstacle().get());
        } else if (result.outcome() == Outcome.NOTHING_TO_CHECK) {
            terminal.println(line(rule, "nothing", result.rule().title() + ": there was nothing to check"));
        } else if (result.count() > 0) {
            String severity = result.rule().severity() == Severity.INFORMATION
                    ? "info"
                    : result.rule().severity().name();
            terminal.println(line(rule, severity, result.rule().title() + ": broken " + times(result.count())));
            result.samples().forEach(sample -> terminal.println("       " + sample));
            if (result.count() > result.samples().size()) {
                terminal.println("       …");
            }
            if (!result.rule().benignCause().isEmpty()) {
                terminal.println(
                        "       Possible benign cause: " + result.rule().benignCause() + ".");
            }
        }
    }

    private static String line(String rule, String severity, String text) {
        return String.format(Locale.ROOT, "  %-4s %-8s %s", rule, severity, text);
    }

    private static String times(long count) {
        return count == 1 ? "once" : count + " times";
    }

    private static String rules(long count) {
        return count == 1 ? "1 rule" : count + " rules";
    }

    private static String verdict(CheckReport report, long errors) {
        long warnings = report.broken(Severity.WARNING);
        long nothing = report.count(Outcome.NOTHING_TO_CHECK);
        long unchecked = report.count(Outcome.NOT_CHECKED);
        return rules(report.count(Outcome.HOLDS)) + " of " + report.results().size() + " hold"
                + (nothing == 0 ? "" : ", " + nothing + " had nothing to check")
                + "; errors: " + errors + ", warnings: " + warnings
                + (unchecked == 0 ? "." : ", not checked: " + unchecked + ".");
    }
}
