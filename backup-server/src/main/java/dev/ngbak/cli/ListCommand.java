package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "list", description = "Lists the archives in BACKUP_DIR, newest first.")
@Reference(
        examples = {"ngbak list --limit 10", "ngbak list --json | jq -r '.backups[].backup_id'"},
        exits = ExitCode.UNREACHABLE)
final class ListCommand extends BaseCommand {

    @Option(names = "--limit", paramLabel = "N", description = "Show only the newest N archives.")
    private int limit = Integer.MAX_VALUE;

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new BackupException(Kind.INVALID, "--limit is " + limit, "It must be 1 or more");
        }
        BackupManager manager = new BackupManager(settings);
        ObjectNode result = Terminal.object();
        terminal.warnOfOpenRestore(manager, result);
        List<ArchiveInfo> all = manager.list();
        List<ArchiveInfo> archives = all.subList(0, Math.min(limit, all.size()));
        if (archives.isEmpty()) {
            terminal.println(
                    "No backups yet in " + manager.repository().displayName() + ". Run ngbak backup to create one.");
        } else {
            int widest = archives.stream()
                    .mapToInt(archive -> archive.id().length())
                    .max()
                    .orElse(0);
            int widestState = archives.stream()
                    .mapToInt(archive -> state(archive).length())
                    .max()
                    .orElse(0);
            String row = "%-20s  %-" + Math.max(widest, 2) + "s  %10s  %9s  %8s  %9s  %-9s  %-"
                    + Math.max(widestState, 5) + "s  %s";
            terminal.println(String.format(
                    Locale.ROOT,
                    row,
                    "MADE (UTC)",
                    "ID",
                    "SIZE",
                    "DOCUMENTS",
                    "ENTITIES",
                    "RELATIONS",
                    "CAPTURE",
                    "STATE",
                    "NOTE"));
            archives.forEach(archive -> terminal.println(line(row, archive)));
            if (archives.size() < all.size()) {
                terminal.println("The newest " + archives.size() + " of " + all.size() + " archives are shown.");
            }
        }
        ArrayNode backups = result.putArray("backups");
        archives.forEach(archive -> backups.add(Json.listed(archive, manager.repository())));
        terminal.printResult(result.put("total", all.size()));
        return ExitCode.DONE;
    }

    private static String line(String row, ArchiveInfo archive) {
        if (archive.manifest() == null) {
            return String.format(
                    Locale.ROOT,
                    row,
                    Sizes.time(archive.createdAt()),
                    archive.id(),
                    Sizes.of(archive.size()),
                    "-",
                    "-",
                    "-",
                    "-",
                    state(archive),
                    archive.unreadable() == null ? "set BACKUP_IDENTITY_FILE to see more" : archive.unreadable());
        }
        Map<String, Long> counts = archive.manifest().statistics();
        return String.format(
                Locale.ROOT,
                row,
                Sizes.time(archive.createdAt()),
                archive.id(),
                Sizes.of(archive.size()),
                Format.number(counts.getOrDefault("documents", 0L)),
                Format.number(counts.getOrDefault("entities", 0L)),
                Format.number(counts.getOrDefault("relationships", 0L)),
                archive.verification() != null && !archive.verification().ok()
                        ? "-"
                        : archive.manifest().consistency().grade().text(),
                state(archive),
                archive.manifest().note() == null
                        ? ""
                        : archive.manifest().note().lines().findFirst().orElse(""));
    }

    /** Returns whether the archive is sound, as far as is known, and what else is known about it. */
    private static String state(ArchiveInfo archive) {
        List<String> states = new ArrayList<>();
        states.add(soundness(archive));
        if (archive.encrypted()) {
            states.add("encrypted");
        }
        if (archive.signature() != null && archive.signature() != SignatureStatus.UNSIGNED) {
            states.add(archive.signature() == SignatureStatus.VALID ? "signed" : "signed by an unknown key");
        }
        if (archive.marks().pinned()) {
            states.add("pinned");
        }
        archive.marks().drills().stream()
                .findFirst()
                .map(drill -> drill.passed() ? "restore-tested " + Format.date(drill.at()) : "DRILL FAILED")
                .ifPresent(states::add);
        return String.join(", ", states);
    }

    private static String soundness(ArchiveInfo archive) {
        if (archive.unreadable() != null) {
            return "UNREADABLE";
        }
        if (archive.verification() == null) {
            return hasBrokenReferences(archive) ? "BROKEN REFERENCES" : "not verified";
        }
        if (!archive.verification().ok()) {
            return "DAMAGED";
        }
        return hasBrokenReferences(archive) ? "BROKEN REFERENCES" : "verified";
    }

    private static boolean hasBrokenReferences(ArchiveInfo archive) {
        return archive.manifest() != null
                && archive.manifest().check() != null
                && archive.manifest().check().errors() > 0;
    }
}
