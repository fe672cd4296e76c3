package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "backup", description = "Captures graph, vectors and documents as one verified archive in BACKUP_DIR.")
final class BackupCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    @Option(names = "--id", paramLabel = "ID", description = "The archive's name; by default snapshot_ and the time.")
    private String id;

    @Option(names = "--note", paramLabel = "TEXT", description = "A note for people, kept in the archive.")
    private String note;

    BackupCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ArchiveInfo archive = terminal.watch(manager, JobDefinition.backup(manager, id, note));
        terminal.say("Backup " + archive.id() + ": "
                + Format.counts(archive.manifest().statistics()) + ", " + Sizes.of(archive.size()) + ".");
        terminal.say("Consistency: " + Format.consistency(archive.manifest().consistency()) + ".");
        terminal.say("File: " + Format.path(archive.file()));
        ObjectNode json = Json.listed(archive).put("path", archive.file().toString());
        terminal.advise(json);
        terminal.result(json);
        return ExitCode.DONE;
    }
}
