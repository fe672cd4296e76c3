package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.CopyResult;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.Retention;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "copy",
        description = {
            "Copies archives to another repository, byte for byte, and reads each copy back completely.",
            "An archive that is there already with the same manifest and size is not sent again: it is verified, unless that"
                    + " was done from here before. The exit code is 0 if all archives are there and verified. Anything else"
                    + " under the id of an archive is never replaced (exit 2). A damaged archive is not copied (exit 4); the"
                    + " others still are."
        })
@Reference(
        examples = {
            "ngbak copy latest --to /mnt/offsite/ngbak",
            "ngbak copy --all --to s3://vault/ngbak --to-config offsite.env",
            "ngbak copy ./before-reindex.ngbak --to s3://vault/ngbak"
        },
        exits = {
            ExitCode.DAMAGED,
            ExitCode.NOT_FOUND,
            ExitCode.BUSY,
            ExitCode.UNREACHABLE,
            ExitCode.INCOMPATIBLE,
            ExitCode.NO_SPACE
        })
final class CopyCommand extends BaseCommand {

    /** The failures that concern one archive only, so that the next one may well succeed. */
    private static final Set<Kind> OF_ONE_ARCHIVE =
            EnumSet.of(Kind.CORRUPT, Kind.NOT_FOUND, Kind.ALREADY_EXISTS, Kind.INCOMPATIBLE);

    @Parameters(paramLabel = "ID-OR-FILE", arity = "0..*", description = ID_OR_FILE)
    private List<String> names = List.of();

    @Option(
            names = "--all",
            description =
                    "Copy all archives except safety archives, the newest first. Those that are there already cost little.")
    private boolean all;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "URI",
            description = "The other repository: s3://BUCKET or s3://BUCKET/PREFIX, or a folder, which must exist.")
    private String target;

    @Option(
            names = "--to-config",
            paramLabel = "FILE",
            description =
                    "Read the settings of the other repository, such as its endpoint and its keys, from a file of lines"
                            + " NAME=value. None of them is then taken from elsewhere. Default: the settings of this process.")
    private Path targetConfig;

    private BackupManager manager;

    @Override
    public Integer call() {
        requireArchives();
        manager = new BackupManager(settings);
        Settings targetSettings = targetConfig == null
                ? settings
                : Settings.of(ConfigFile.read(targetConfig, "--to-config").values());
        List<String> wanted = all ? idsOfAll() : names;
        List<CopyResult> results = new ArrayList<>();
        Map<String, BackupException> failures = new LinkedHashMap<>();
        ObjectNode json = Terminal.object();
        ArrayNode copies = json.putArray("copies");
        for (String name : wanted) {
            try {
                CopyResult copy = terminal.runChanging(job -> manager.copy(archive(name), target, targetSettings, job));
                results.add(copy);
                copies.add(json(copy));
                if (copy.isNew() || wanted.size() == 1) {
                    show(copy);
                }
            } catch (BackupException e) {
                if (wanted.size() == 1 || !OF_ONE_ARCHIVE.contains(e.kind())) {
                    return terminal.fail(e, json);
                }
                terminal.log(new Job.Line(
                        Instant.now(), Job.Level.ERROR, name + " was not copied: " + e.getMessage() + "."));
                failures.put(name, e);
                copies.addObject().put("name", name).put("status", "failed").put("error", e.problem());
            }
        }
        if (!failures.isEmpty()) {
            return terminal.fail(summary(failures, wanted.size()), json);
        }
        if (wanted.size() != 1) {
            terminal.println(total(results));
        }
        terminal.printResult(json);
        return ExitCode.DONE;
    }

    private void requireArchives() {
        if (all == !names.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    all ? "--all and the names of archives contradict each other" : "No archive was named",
                    "Name archives, such as latest, or use --all");
        }
    }

    private List<String> idsOfAll() {
        return manager.list().stream()
                .map(ArchiveInfo::id)
                .filter(id -> BackupId.isValid(id) && !id.startsWith(Retention.SAFETY_PREFIX))
                .toList();
    }

    private ReadableArchive archive(String name) {
        return all ? manager.archive(new BackupId(name)) : manager.archive(name);
    }

    private void show(CopyResult copy) {
        ArchiveInfo archive = copy.archive();
        if (copy.isNew()) {
            terminal.println("Copied " + archive.id() + " to " + copy.target() + ": " + Sizes.of(archive.size())
                    + ", SHA-256 " + copy.sha256() + ".");
        } else {
            terminal.println(copy.target() + " has " + archive.id() + " already, verified "
                    + Sizes.time(archive.verification().at()) + " UTC.");
        }
    }

    private static String total(List<CopyResult> results) {
        if (results.isEmpty()) {
            return "There is no archive to copy.";
        }
        long made = results.stream().filter(CopyResult::isNew).count();
        return results.get(0).target() + " has all " + Sizes.count(results.size(), "archives") + ", verified: " + made
                + " copied now, " + (results.size() - made) + " there already.";
    }

    private static ObjectNode json(CopyResult copy) {
        return Terminal.object()
                .put("backup_id", copy.archive().id())
                .put("status", copy.isNew() ? "copied" : "present")
                .put("size_bytes", copy.archive().size())
                .put("path", copy.archive().location())
                .put("sha256", copy.sha256())
                .put("verified_at", copy.archive().verification().at().toString());
    }

    private static BackupException summary(Map<String, BackupException> failures, int archives) {
        return new BackupException(
                failures.values().iterator().next().kind(),
                failures.size() + " of " + archives + " archives were not copied: "
                        + String.join(", ", failures.keySet()),
                "The lines above have the reason for each. All others are in the other repository");
    }
}
