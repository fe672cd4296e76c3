package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Diagnosis;
import dev.ngbak.engine.Operation;
import dev.ngbak.spi.BackupException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description = {
            "Checks settings, stores, permissions and space, and reports what would fail and how to fix it.",
            "Shows every setting with its value and where it comes from: the environment, the file of --config, or the"
                    + " default. Changes nothing. The exit code is that of the first failure."
        })
@Reference(
        examples = {"ngbak doctor", "ngbak doctor --for restore --config /etc/ngbak.env"},
        groups = {Group.ARCHIVES, Group.STORES},
        exits = {ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE, ExitCode.NO_SPACE, ExitCode.NOT_AS_BEFORE})
final class DoctorCommand extends BaseCommand {

    private enum Purpose {
        backup(Operation.BACKUP),
        restore(Operation.RESTORE);

        private final Operation operation;

        Purpose(Operation operation) {
            this.operation = operation;
        }
    }

    @Option(
            names = "--for",
            paramLabel = "backup|restore",
            description = "Check only what a backup needs, or only what a restore needs. Default: both.")
    private Purpose purpose;

    @Override
    public Integer call() {
        List<Diagnosis> findings = new ArrayList<>();
        examine(findings);
        KnownSettings.misspelled(settings)
                .forEach((name, known) -> findings.add(warning(
                        "settings", name + " is set, but is not a setting of ngbak. Did you mean " + known + "?")));
        ObjectNode result = Terminal.object();
        show(findings, result.putArray("findings"));
        showSettings(result.putArray("settings"));
        List<Diagnosis> failures =
                findings.stream().filter(finding -> finding.failure() != null).toList();
        if (!failures.isEmpty()) {
            return terminal.fail(
                    new BackupException(
                            failures.get(0).failure(),
                            (purpose == null ? "A backup or a restore" : "A " + purpose) + " would fail: "
                                    + failures.stream()
                                            .map(Diagnosis::subject)
                                            .distinct()
                                            .collect(Collectors.joining(", "))
                                    + " (see above)",
                            ""),
                    result);
        }
        terminal.printResult(result);
        return ExitCode.DONE;
    }

    private void examine(List<Diagnosis> findings) {
        UnusableSettings unusable = UnusableSettings.ofEngine(settings);
        if (unusable.canExamineRest()) {
            Set<Operation> operations =
                    purpose == null ? EnumSet.allOf(Operation.class) : EnumSet.of(purpose.operation);
            findings.addAll(new BackupManager(unusable.rest()).examine(operations));
        } else {
            unsettledRestore(unusable, findings);
            findings.add(warning(
                    "stores",
                    "The stores and the space were not checked, because settings that select them are unusable."));
        }
        unusable.problems()
                .forEach(problem ->
                        findings.add(new Diagnosis("settings", problem.getMessage() + ".", false, problem.kind())));
        UnusableSettings.ofServer(settings)
                .problems()
                .forEach(problem -> findings.add(
                        warning("settings", "ngbak serve would not start: " + problem.getMessage() + ".")));
    }

    /** Reports a pending restore even if the stores cannot be examined. */
    private static void unsettledRestore(UnusableSettings unusable, List<Diagnosis> findings) {
        if (unusable.canFindArchives()) {
            String open = new BackupManager(unusable.rest()).openRestore();
            if (open != null) {
                findings.add(new Diagnosis(
                        "restore",
                        open + ". Correct the settings, then run ngbak recover.",
                        false,
                        BackupException.Kind.ROLLBACK_FAILED));
            }
        }
    }

    private static Diagnosis warning(String subject, String message) {
        return new Diagnosis(subject, message, true, null);
    }

    private void show(List<Diagnosis> findings, ArrayNode json) {
        for (Diagnosis finding : findings) {
            String state = finding.failure() == null ? (finding.warning() ? "WARN" : "ok") : "FAIL";
            terminal.println(String.format(Locale.ROOT, "%-5s %-8s %s", state, finding.subject(), finding.message()));
            json.addObject()
                    .put("state", state.toLowerCase(Locale.ROOT))
                    .put("subject", finding.subject())
                    .put("message", finding.message());
        }
    }

    private static String shown(String value) {
        return value.isEmpty() ? "\"\"" : value;
    }

    private void showSettings(ArrayNode json) {
        List<KnownSettings.EffectiveSetting> effective = KnownSettings.effective(configuration);
        int widest = effective.stream()
                .mapToInt(setting -> setting.name().length())
                .max()
                .orElseThrow();
        terminal.println("");
        terminal.println("Settings:");
        for (KnownSettings.EffectiveSetting setting : effective) {
            String value = setting.value() == null ? "not set" : shown(setting.value()) + " (" + setting.source() + ")";
            terminal.println(String.format(Locale.ROOT, "  %-" + widest + "s  %s", setting.name(), value));
            json.addObject()
                    .put("name", setting.name())
                    .put("value", setting.value())
                    .put("default", setting.isDefault())
                    .put("source", setting.source());
        }
    }
}
