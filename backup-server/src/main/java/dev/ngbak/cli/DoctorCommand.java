package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Diagnosis;
import dev.ngbak.spi.BackupException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        description = "Checks settings, stores, permissions and space, and reports what would fail and how to fix it.")
@Reference(
        examples = "ngbak doctor",
        groups = {Group.ARCHIVES, Group.STORES},
        exits = {ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE, ExitCode.NO_SPACE, ExitCode.NOT_AS_BEFORE})
final class DoctorCommand extends BaseCommand {

    @Override
    public Integer call() {
        List<Diagnosis> findings = new ArrayList<>(new BackupManager(settings).examine());
        KnownSettings.misspelled(settings)
                .forEach((name, known) -> findings.add(new Diagnosis(
                        "settings",
                        name + " is set, but is not a setting of ngbak. Did you mean " + known + "?",
                        true,
                        null)));
        ObjectNode result = Terminal.object();
        ArrayNode array = result.putArray("findings");
        for (Diagnosis finding : findings) {
            String state = finding.failure() == null ? (finding.warning() ? "WARN" : "ok") : "FAIL";
            terminal.println(String.format(Locale.ROOT, "%-5s %-8s %s", state, finding.subject(), finding.message()));
            array.addObject()
                    .put("state", state.toLowerCase(Locale.ROOT))
                    .put("subject", finding.subject())
                    .put("message", finding.message());
        }
        showSettings(result.putArray("settings"));
        List<Diagnosis> failures =
                findings.stream().filter(finding -> finding.failure() != null).toList();
        if (!failures.isEmpty()) {
            return terminal.fail(
                    new BackupException(
                            failures.get(0).failure(),
                            "A backup or a restore would fail: "
                                    + String.join(
                                            ", ",
                                            failures.stream()
                                                    .map(Diagnosis::subject)
                                                    .toList())
                                    + " (see above)",
                            ""),
                    result);
        }
        terminal.printResult(result);
        return ExitCode.DONE;
    }

    private void showSettings(ArrayNode json) {
        List<KnownSettings.EffectiveSetting> effective = KnownSettings.effective(settings);
        int widest = effective.stream()
                .mapToInt(setting -> setting.name().length())
                .max()
                .orElseThrow();
        terminal.println("");
        terminal.println("Settings:");
        for (KnownSettings.EffectiveSetting setting : effective) {
            String value =
                    setting.value() == null ? "not set" : setting.value() + (setting.isDefault() ? " (default)" : "");
            terminal.println(String.format(Locale.ROOT, "  %-" + widest + "s  %s", setting.name(), value));
            json.addObject()
                    .put("name", setting.name())
                    .put("value", setting.value())
                    .put("default", setting.isDefault());
        }
    }
}
