package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Diagnosis;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        description = "Looks at settings, stores, rights and space, and says what would fail and how to mend it.")
final class DoctorCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    DoctorCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        List<Diagnosis> findings = new ArrayList<>(new BackupManager(settings).examine());
        KnownSettings.misspelled(settings)
                .forEach((name, known) -> findings.add(new Diagnosis(
                        "settings",
                        name + " is set, and is no setting of ngbak. " + known + " is one: did you mean that?",
                        true,
                        null)));
        ObjectNode result = Terminal.object();
        ArrayNode array = result.putArray("findings");
        for (Diagnosis finding : findings) {
            String state = finding.failure() == null ? (finding.warning() ? "WARN" : "ok") : "FAIL";
            terminal.say(String.format(Locale.ROOT, "%-5s %-8s %s", state, finding.subject(), finding.message()));
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
        terminal.result(result);
        return ExitCode.DONE;
    }

    private void showSettings(ArrayNode json) {
        List<KnownSettings.Shown> shown = KnownSettings.shown(settings);
        int widest = shown.stream()
                .mapToInt(setting -> setting.name().length())
                .max()
                .orElseThrow();
        terminal.say("");
        terminal.say("Settings:");
        for (KnownSettings.Shown setting : shown) {
            String value =
                    setting.value() == null ? "not set" : setting.value() + (setting.isDefault() ? " (default)" : "");
            terminal.say(String.format(Locale.ROOT, "  %-" + widest + "s  %s", setting.name(), value));
            json.addObject()
                    .put("name", setting.name())
                    .put("value", setting.value())
                    .put("default", setting.isDefault());
        }
    }
}
