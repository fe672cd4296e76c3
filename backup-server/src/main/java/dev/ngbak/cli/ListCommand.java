package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Settings;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "list", description = "Lists the archives in BACKUP_DIR, newest first.")
final class ListCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    ListCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ObjectNode result = Terminal.object();
        terminal.warnOfOpenRestore(manager, result);
        List<ArchiveInfo> archives = manager.list();
        if (archives.isEmpty()) {
            terminal.say("No backups yet in " + Format.path(manager.folder()) + ". ngbak backup makes one.");
        } else {
            int widest = archives.stream()
                    .mapToInt(archive -> archive.id().length())
                    .max()
                    .orElse(0);
            String row = "%-20s  %-" + Math.max(widest, 2) + "s  %10s  %9s  %8s  %9s  %-9s  %s";
            terminal.say(String.format(
                    Locale.ROOT,
                    row,
                    "MADE (UTC)",
                    "ID",
                    "SIZE",
                    "DOCUMENTS",
                    "ENTITIES",
                    "RELATIONS",
                    "STATE",
                    "NOTE"));
            archives.forEach(archive -> terminal.say(line(row, archive)));
        }
        ArrayNode backups = result.putArray("backups");
        archives.forEach(archive -> backups.add(Json.listed(archive)));
        terminal.result(result);
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
                    "UNREADABLE",
                    archive.unreadable());
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
                state(archive),
                archive.manifest().note() == null
                        ? ""
                        : archive.manifest().note().lines().findFirst().orElse(""));
    }

    /** Returns the grade of consistency, which says nothing about an archive that failed its last verification. */
    private static String state(ArchiveInfo archive) {
        boolean damaged =
                archive.verification() != null && !archive.verification().ok();
        return damaged ? "DAMAGED" : archive.manifest().consistency().grade().text();
    }
}
