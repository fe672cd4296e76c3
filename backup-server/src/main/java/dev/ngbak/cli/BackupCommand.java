package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "backup",
        description = "Backs up graph, vectors and documents into one verified archive in BACKUP_DIR.")
@Reference(
        examples = {
            "ngbak backup --note \"before re-index\"",
            "BACKUP_RETENTION=14 ngbak backup         # keeps the newest 14 archives"
        },
        groups = {Group.ARCHIVES, Group.STORES, Group.SYSTEM},
        settings = {
            "BACKUP_RETENTION",
            "BACKUP_COMPRESSION",
            "BACKUP_CHECK",
            "BACKUP_RETRIES",
            "BACKUP_REQUIRE_QUIESCENT",
            "BACKUP_PAUSE_HOOK",
            "BACKUP_RESUME_HOOK",
            "BACKUP_HOOK_TIMEOUT",
            "GRAPHRAG_CONFIG_FILE"
        },
        exits = {
            ExitCode.CHECK_FOUND_ERRORS,
            ExitCode.BUSY,
            ExitCode.UNREACHABLE,
            ExitCode.INCOMPATIBLE,
            ExitCode.SOURCE_CHANGED,
            ExitCode.NO_SPACE,
            ExitCode.NOT_AS_BEFORE
        })
final class BackupCommand extends BaseCommand {

    @Option(names = "--id", paramLabel = "ID", description = "The id of the archive. Default: snapshot_ and the time.")
    private String id;

    @Option(names = "--note", paramLabel = "TEXT", description = "A note that is kept in the archive.")
    private String note;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ArchiveInfo archive = terminal.run(manager, JobDefinition.backup(manager, id, note));
        terminal.println("Backup " + archive.id() + ": "
                + Format.counts(archive.manifest().statistics()) + ", " + Sizes.of(archive.size()) + ".");
        terminal.println("Capture: " + Format.capture(archive.manifest().consistency()) + ".");
        Format.check(archive.manifest()).ifPresent(check -> terminal.println("Reference check: " + check + "."));
        terminal.println("File: " + archive.location());
        ObjectNode json = Json.listed(archive).put("path", archive.location());
        terminal.printAdvice(json);
        terminal.printResult(json);
        return ExitCode.DONE;
    }
}
