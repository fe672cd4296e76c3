package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.Json;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ArchiveInfo;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = {
            "Demonstrates ngbak on a sample: backs it up, destroys it, restores it, proves it equal and queries it.",
            "Uses temporary folders, and none of your settings except PORT."
        })
@Reference(
        examples = {
            "ngbak demo --exit   # exit code 0 if everything was proved",
            "ngbak demo          # ends by serving the dashboard on the sample",
            "ngbak demo --exit --system lightrag"
        },
        groups = {},
        settings = "PORT")
final class DemoCommand extends BaseCommand {

    private static final int SHOWN_QUERIES = 3;

    @Option(names = "--exit", description = "Exit at the end instead of serving the dashboard.")
    private boolean exit;

    @Option(
            names = "--system",
            paramLabel = "nano-graphrag|lightrag",
            completionCandidates = Systems.class,
            description = "The GraphRAG system whose sample to use. Default: nano-graphrag.",
            defaultValue = "nano-graphrag")
    private String system;

    /** The systems of which the jar contains a sample. */
    static final class Systems extends ArrayList<String> {

        private static final long serialVersionUID = 1;

        Systems() {
            super(List.of("nano-graphrag", "lightrag"));
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!new Systems().contains(system)) {
            throw Settings.unusable("--system", system, "one of " + String.join(", ", new Systems()));
        }
        terminal.shutdown().workStarted(); // the temporary folders must be deleted
        Path home = Files.createTempDirectory("ngbak-demo-");
        Settings folders = Settings.of(Map.of(
                GraphLayout.SYSTEM.name(),
                system,
                "WORKING_DIR",
                home.resolve("working_dir").toString(),
                "BACKUP_DIR",
                home.resolve("backups").toString()));
        try {
            ObjectNode result = run(home, folders);
            if (exit) {
                terminal.println("Done. The temporary folders were deleted.");
                terminal.printResult(result);
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
        terminal.shutdown().stopWith(server::close);
        terminal.println("7. Open the dashboard: " + server.url());
        terminal.println("   The demo's folders are in " + home + ". Press Ctrl-C to end the demo and delete them.");
        terminal.printResult(result.put("url", server.url()).put("folder", home.toString()));
        server.awaitEnd();
    }

    /** Starts the server on the configured port, or on the default one, or on a free one if that is taken. */
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
        terminal.println("1. Copied the sample, a working directory of " + system + ": "
                + Sizes.count(files(working).size(), "files") + ", " + Sizes.of(size(working)) + ".");

        ArchiveInfo backup = terminal.run(manager, JobDefinition.backup(manager, null, "ngbak demo"));
        terminal.println("2. Backed it up: "
                + Format.counts(backup.manifest().statistics()) + " in one file, "
                + backup.id() + ".ngbak" + ", " + Sizes.of(backup.size()) + ".");

        int destroyed = files(working).size();
        for (Path file : files(working)) {
            Files.delete(file);
        }
        terminal.println("3. Destroyed the copy: deleted its " + destroyed + " files.");

        RestoreResult restored = terminal.run(
                manager, JobDefinition.restore(manager, manager.archive(backup), RestoreOptions.DEFAULT, plan -> true));
        terminal.println("4. Restored it from the archive.");

        int equal = compare(original, working);
        terminal.println("5. Proved it equal: " + equal + " of " + equal
                + " files are identical, and the content digests of graph, "
                + "vectors and documents match the archive.");

        ObjectNode result = Terminal.object();
        result.put("backup_id", backup.id()).put("files_equal", equal);
        ObjectNode proofs = result.putObject("proofs");
        restored.proofs().forEach((role, proof) -> proofs.put(role.id(), proof));
        result.set("statistics", Json.listed(backup).get("statistics"));
        answer(restored.sample(), result.putArray("queries"));
        return result;
    }

    private void answer(List<SampleAnswer> sample, ArrayNode json) {
        terminal.println("6. Queried " + sample.size() + " entities across the three restored stores, such as:");
        for (SampleAnswer answer : sample.subList(0, Math.min(SHOWN_QUERIES, sample.size()))) {
            terminal.println(String.format(
                    Locale.ROOT,
                    "   A search for the vector of %s finds it first (score %.3f; second is %s with %.3f). Its node comes from"
                            + " %s of %s: %s",
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
            throw different("the folders contain different files");
        }
        for (Path file : expected) {
            if (Files.mismatch(file, restored.resolve(file.getFileName().toString())) >= 0) {
                throw different(file.getFileName() + " differs");
            }
        }
        return expected.size();
    }

    private static BackupException different(String what) {
        return new BackupException(
                Kind.INTERNAL,
                "The restored folder differs from the original: " + what,
                "This is a defect in ngbak; please report it");
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

    /** Copies the sample, which is part of the jar. */
    private void copySample(Path target) throws IOException {
        String folder = "/sample/" + system;
        try {
            URI sample = DemoCommand.class.getResource(folder).toURI();
            if (sample.getScheme().equals("jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(sample, Map.of())) {
                    copyFiles(jar.getPath(folder), target);
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
