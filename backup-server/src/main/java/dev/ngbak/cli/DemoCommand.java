package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.server.Server;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = {
            "Shows the main job on a sample: backs it up, destroys it, restores it, proves it equal and queries it.",
            "Uses temporary folders of its own, and none of your settings."
        })
final class DemoCommand implements Callable<Integer> {

    private static final int QUERIES = 3;

    private final Settings settings;
    private final Terminal terminal;

    @Option(names = "--exit", description = "Stop at the end, instead of serving the dashboard on it.")
    private boolean exit;

    DemoCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        terminal.interruption().begin(); // the temporary folders are removed in any case
        Path home = Files.createTempDirectory("ngbak-demo-");
        Settings folders = Settings.of(Map.of(
                "WORKING_DIR",
                home.resolve("working_dir").toString(),
                "BACKUP_DIR",
                home.resolve("backups").toString()));
        try {
            ObjectNode result = run(home, folders);
            if (exit) {
                terminal.say("Done. The temporary folders are removed.");
                terminal.result(result);
            } else {
                serve(home, folders, result);
            }
            return ExitCode.DONE;
        } finally {
            deleteTree(home);
        }
    }

    private void serve(Path home, Settings folders, ObjectNode result) throws InterruptedException {
        Server server = server(folders);
        terminal.interruption().begin(server::close);
        terminal.say("7. The dashboard shows all of it: " + server.url());
        terminal.say("   Its folders are in " + home + ". Ctrl-C ends the demo and removes them.");
        terminal.result(result.put("url", server.url()).put("folder", home.toString()));
        server.awaitEnd();
    }

    /** On the port that is set, or on the usual one, or on any where that is taken. */
    private Server server(Settings folders) {
        String port = settings.text("PORT", null);
        try {
            return new Server(port == null ? folders : folders.with("PORT", port));
        } catch (BackupException e) {
            if (port != null) {
                throw e;
            }
            return new Server(folders.with("PORT", "0"));
        }
    }

    private ObjectNode run(Path home, Settings folders) throws IOException {
        Path original = Files.createDirectory(home.resolve("original"));
        Path working = Files.createDirectory(home.resolve("working_dir"));
        BackupManager manager = new BackupManager(folders);

        copySample(original);
        copySample(working);
        terminal.say("1. Copied the sample, a working folder that nano-graphrag wrote: "
                + Sizes.count(files(working).size(), "files") + ", " + Sizes.of(size(working)) + ".");

        ArchiveInfo backup = terminal.watch(manager, JobDefinition.backup(manager, null, "ngbak demo"));
        terminal.say("2. Backed it up while it stood there: "
                + Format.counts(backup.manifest().statistics()) + " in one file, "
                + backup.file().getFileName() + ", " + Sizes.of(backup.size()) + ".");

        int destroyed = files(working).size();
        for (Path file : files(working)) {
            Files.delete(file);
        }
        terminal.say("3. Destroyed the copy: its " + destroyed + " files are deleted.");

        RestoreResult restored = terminal.watch(
                manager, JobDefinition.restore(manager, backup.file(), RestoreOptions.DEFAULT, plan -> true));
        terminal.say("4. Restored it from the archive.");

        int equal = compare(original, working);
        terminal.say("5. Proved it equal: " + equal + " of " + equal + " files are the same byte for byte, and the "
                + "content digests of graph, vectors and documents are those of the archive.");

        ObjectNode result = Terminal.object();
        result.put("backup_id", backup.id()).put("files_equal", equal);
        ObjectNode proofs = result.putObject("proofs");
        restored.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
        result.set("statistics", Json.listed(backup).get("statistics"));
        answer(restored.sample(), result.putArray("queries"));
        return result;
    }

    private void answer(List<SampleAnswer> sample, ArrayNode json) {
        terminal.say(
                "6. Asked the restored state for " + sample.size() + " entities across its three stores, such as:");
        for (SampleAnswer answer : sample.subList(0, Math.min(QUERIES, sample.size()))) {
            terminal.say(String.format(
                    Locale.ROOT,
                    "   %s is found first by its vector (score %.3f; next is %s, %.3f); its node in the graph leads to %s"
                            + " of %s, which reads: %s",
                    answer.entity(),
                    answer.score(),
                    answer.second(),
                    answer.secondScore(),
                    answer.chunk().substring(0, 14),
                    answer.document().substring(0, 12),
                    answer.excerpt()));
            json.addObject()
                    .put("entity", answer.entity())
                    .put("score", answer.score())
                    .put("second", answer.second())
                    .put("second_score", answer.secondScore())
                    .put("chunk", answer.chunk())
                    .put("document", answer.document());
        }
    }

    private static int compare(Path original, Path restored) throws IOException {
        List<Path> expected = files(original);
        if (!names(expected).equals(names(files(restored)))) {
            throw different("the folders do not hold the same files");
        }
        for (Path file : expected) {
            if (Files.mismatch(file, restored.resolve(file.getFileName().toString())) >= 0) {
                throw different(file.getFileName() + " is not the same");
            }
        }
        return expected.size();
    }

    private static BackupException different(String what) {
        return new BackupException(
                Kind.INTERNAL,
                "The restored folder is not what was backed up: " + what,
                "This is a defect; please report it");
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static long size(Path folder) throws IOException {
        long size = 0;
        for (Path file : files(folder)) {
            size += Files.size(file);
        }
        return size;
    }

    /** The sample is part of the program, so that the demo runs from the jar alone. */
    private static void copySample(Path target) throws IOException {
        try {
            URI sample = DemoCommand.class.getResource("/sample").toURI();
            if (sample.getScheme().equals("jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(sample, Map.of())) {
                    copyFiles(jar.getPath("/sample"), target);
                }
            } else {
                copyFiles(Path.of(sample), target);
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copyFiles(Path source, Path target) throws IOException {
        for (Path file : files(source)) {
            Files.copy(file, target.resolve(file.getFileName().toString()));
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
