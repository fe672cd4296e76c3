package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Finding;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
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
        List<Finding> findings = new BackupManager(settings).examine();
        ObjectNode result = Terminal.object();
        ArrayNode array = result.putArray("findings");
        for (Finding finding : findings) {
            String state = finding.failure() == null ? (finding.warning() ? "WARN" : "ok") : "FAIL";
            terminal.say(String.format(Locale.ROOT, "%-5s %-8s %s", state, finding.subject(), finding.message()));
            array.addObject()
                    .put("state", state.toLowerCase(Locale.ROOT))
                    .put("subject", finding.subject())
                    .put("message", finding.message());
        }
        List<Finding> failures =
                findings.stream().filter(finding -> finding.failure() != null).toList();
        if (!failures.isEmpty()) {
            return terminal.fail(
                    new BackupException(
                            failures.get(0).failure(),
                            "A backup or a restore would fail: "
                                    + String.join(
                                            ", ",
                                            failures.stream()
                                                    .map(Finding::subject)
                                                    .toList())
                                    + " (see above)",
                            ""),
                    result);
        }
        terminal.result(result);
        return ExitCode.DONE;
    }
}
