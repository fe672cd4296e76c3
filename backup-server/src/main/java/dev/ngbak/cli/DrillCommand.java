package dev.ngbak.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "drill",
        description = {
            "Proves that an archive can be restored: restores it into scratch stores, compares every record by content digest,"
                    + " runs the sample query, and removes everything again.",
            "The live stores are not touched. Files are restored into a folder in BACKUP_DIR; on a server, the drill uses a"
                    + " label, collections and keys with a name of its own. DRILL_NEO4J_URL, DRILL_QDRANT_URL, DRILL_REDIS_URL and"
                    + " so on name scratch servers.",
            "The evidence is kept beside the archive, also of a failed drill."
        })
@Reference(
        examples = {"ngbak drill latest", "ngbak drill --show latest    # prints the evidence of the last drill"},
        groups = {Group.ARCHIVES, Group.STORES},
        settings = {"BACKUP_COMPRESSION"},
        exits = {
            ExitCode.UNEXPECTED,
            ExitCode.DAMAGED,
            ExitCode.NOT_FOUND,
            ExitCode.BUSY,
            ExitCode.UNREACHABLE,
            ExitCode.INCOMPATIBLE,
            ExitCode.NO_SPACE
        })
final class DrillCommand extends BaseCommand {

    @Parameters(paramLabel = "ID-OR-FILE", description = ID_OR_FILE)
    private String archive;

    @Option(names = "--show", description = "Only print the evidence of the last drill of this archive.")
    private boolean show;

    @Override
    public Integer call() throws JsonProcessingException {
        BackupManager manager = new BackupManager(settings);
        if (show) {
            show(manager, manager.resolve(archive));
            return ExitCode.DONE;
        }
        ReadableArchive readable = manager.archive(archive);
        DrillResult drill = terminal.run(manager, JobDefinition.drill(manager, readable));
        String id = drill.archive().id();
        terminal.println("Backup " + id + " can be restored. Scratch stores were proved equal to it: "
                + JobDefinition.describeProofs(drill.proofs()) + ". "
                + (drill.sample().isEmpty()
                        ? ""
                        : "The sample query found " + Sizes.count(drill.sample().size(), "entities")
                                + " across all stores. ")
                + "Everything was removed again.");
        terminal.println(
                drill.outcome() == null
                        ? drill.evidence()
                        : "The evidence is kept beside the archive: ngbak drill --show " + id);
        ObjectNode result = Terminal.object().put("backup_id", id).put("passed", true);
        ObjectNode proofs = result.putObject("proofs");
        drill.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
        result.put("sample_answers", drill.sample().size())
                .put(
                        "evidence",
                        drill.outcome() == null ? null : drill.outcome().evidence());
        terminal.printResult(result);
        return ExitCode.DONE;
    }

    private void show(BackupManager manager, BackupId id) throws JsonProcessingException {
        List<DrillOutcome> drills = manager.inspect(manager.archive(id)).marks().drills();
        if (drills.isEmpty()) {
            throw new BackupException(
                    Kind.NOT_FOUND, "The backup " + id + " was never restored in a drill", "Run ngbak drill " + id);
        }
        DrillOutcome newest = drills.get(0);
        terminal.println(manager.drillEvidence(id, newest, true).stripTrailing());
        terminal.printResult((ObjectNode) Json.MAPPER.readTree(manager.drillEvidence(id, newest, false)));
    }
}
