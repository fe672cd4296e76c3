package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.VerificationReport;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = "Reads an archive whole: compares every digest and decodes every record. Needs no store.")
final class VerifyCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    @Parameters(paramLabel = "ID-OR-FILE", description = "With a / or ending in .ngbak it is a file, else an id.")
    private String archive;

    VerifyCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        Path file = manager.archive(archive);
        VerificationReport report = terminal.watch(manager, JobDefinition.verify(manager, file));
        List<String> decoded = report.decoded().stream().sorted().map(Role::id).toList();
        terminal.say("Verified " + report.archive().id() + ": every byte is as it was written, every record of "
                + String.join(", ", decoded) + " was decoded: "
                + Format.counts(report.archive().manifest().statistics()) + ".");
        report.warnings().forEach(warning -> terminal.say("! " + warning));
        ObjectNode result = Json.listed(report.archive());
        Json.strings(result, "decoded", decoded);
        Json.strings(result, "warnings", report.warnings());
        terminal.result(result);
        return ExitCode.DONE;
    }
}
