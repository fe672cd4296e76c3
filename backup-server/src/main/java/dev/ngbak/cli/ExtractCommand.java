package dev.ngbak.cli;

import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "extract",
        description = {
            "Writes one file of an archive to stdout or to a file, and verifies its SHA-256.",
            "The bytes are those in the archive; nothing interprets them. If the SHA-256 differs, the exit code is 4: with -o"
                    + " no file appears then, without it stdout has already received the bytes."
        })
@Reference(
        examples = {
            "ngbak extract latest manifest.json | jq .statistics",
            "ngbak extract latest config/graphrag_config.json -o config.json"
        },
        exits = {ExitCode.DAMAGED, ExitCode.NOT_FOUND, ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE, ExitCode.NO_SPACE})
final class ExtractCommand extends BaseCommand {

    private static final String MANIFEST = "manifest.json";
    private static final int MOST_SHOWN = 5;

    @Parameters(index = "0", paramLabel = "ID-OR-FILE", description = ID_OR_FILE)
    private String archive;

    @Parameters(
            index = "1",
            paramLabel = "PATH",
            description = "The path of the file in the archive, as ngbak inspect lists it, or manifest.json.")
    private String path;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write to this file, which appears when it is complete and verified. Its mode is 0600.")
    private Path output;

    @Option(names = "--force", description = "Replace the file of -o if it exists.")
    private boolean force;

    @Override
    public Integer call() {
        if (output == null && terminal.isJson()) {
            throw new BackupException(
                    Kind.INVALID, "With --json, stdout cannot receive the file", "Add -o FILE, or leave out --json");
        }
        BackupManager manager = new BackupManager(settings);
        ReadableArchive file = manager.archive(archive);
        String wanted = path.startsWith("./") ? path.substring(2) : path;
        List<ManifestEntry> files = manager.inspect(file).manifest().files();
        if (!wanted.equals(MANIFEST)
                && files.stream().noneMatch(entry -> entry.path().equals(wanted))) {
            throw notFound(file, wanted, files.stream().map(ManifestEntry::path).toList());
        }
        if (output == null) {
            extract(manager, file, wanted, terminal.bytes());
            return ExitCode.DONE;
        }
        OutputFile target = new OutputFile(output, force);
        long size = target.write(bytes -> extract(manager, file, wanted, bytes));
        terminal.println("Wrote " + Sizes.of(size) + " to " + target.path() + ". Its SHA-256 matches the archive.");
        terminal.printResult(Terminal.object()
                .put("path", target.path().toString())
                .put("entry", wanted)
                .put("size_bytes", size));
        return ExitCode.DONE;
    }

    private void extract(BackupManager manager, ReadableArchive file, String wanted, OutputStream bytes) {
        terminal.runReading(job -> {
            manager.extract(file, wanted, bytes, job);
            return wanted;
        });
    }

    private static BackupException notFound(ReadableArchive file, String wanted, List<String> paths) {
        Set<String> near = new LinkedHashSet<>(Suggestion.nearest(wanted, paths));
        String name = wanted.substring(wanted.lastIndexOf('/') + 1);
        paths.stream().filter(path -> !name.isEmpty() && path.contains(name)).forEach(near::add);
        List<String> shown = new ArrayList<>(near);
        return new BackupException(
                Kind.NOT_FOUND,
                "The archive " + file.name() + " contains no file " + SafeText.quoted(wanted),
                Suggestion.of(shown.subList(0, Math.min(MOST_SHOWN, shown.size())))
                        + "Run ngbak inspect to see all its files");
    }
}
