package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.VerificationReport;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Role;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = "Reads an archive completely, compares every digest and decodes every record. Needs no store.")
@Reference(
        examples = {"ngbak verify latest", "ngbak verify /mnt/copy/before-reindex.ngbak   # a copy"},
        exits = {ExitCode.DAMAGED, ExitCode.NOT_FOUND, ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE})
final class VerifyCommand extends BaseCommand {

    @Parameters(paramLabel = "ID-OR-FILE", description = ID_OR_FILE)
    private String archive;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        VerificationReport report = terminal.run(manager, JobDefinition.verify(manager, manager.archive(archive)));
        List<String> decoded = report.decoded().stream().sorted().map(Role::id).toList();
        boolean hasDigests = !report.archive().manifest().isOfOtherTool();
        terminal.println("Verified " + report.archive().id() + ": "
                + (hasDigests ? "every digest matches" : "its checksum matches") + ", and every record of "
                + String.join(", ", decoded) + " was decoded: "
                + Format.counts(report.archive().manifest().statistics()) + ".");
        SignatureStatus signature = report.archive().signature();
        if (signature != SignatureStatus.UNSIGNED) {
            terminal.println("Signature: " + Format.signature(signature) + ".");
        }
        report.warnings().forEach(warning -> terminal.println("! " + warning));
        ObjectNode result = Json.listed(report.archive());
        Json.strings(result, "decoded", decoded);
        Json.strings(result, "warnings", report.warnings());
        terminal.printResult(result);
        return ExitCode.DONE;
    }
}
