package dev.ngbak.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.testkit.JavaProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the program as a child process in its own folder. */
final class NgbakProcess {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final Path home;
    final Map<String, String> settings = new HashMap<>();

    /** The exit code and the output of a process. */
    record CommandResult(int code, String out, String err) {

        /** Returns the last line of stdout, which must be the JSON result. */
        JsonNode result() throws IOException {
            String[] lines = out.split("\n");
            for (String line : lines) {
                if (!MAPPER.readTree(line).has("type")) {
                    throw new AssertionError("not a JSON line with a type: " + line);
                }
            }
            JsonNode last = MAPPER.readTree(lines[lines.length - 1]);
            if (!last.path("type").asText().equals("result")) {
                throw new AssertionError("the last line is not a result: " + last);
            }
            return last;
        }
    }

    private static final JavaProcesses JAVA = java();

    /** @param home the current directory of the process, with {@code api_working_dir} and {@code backups} */
    NgbakProcess(Path home) {
        this.home = home;
    }

    Path workingDir() {
        return home.resolve("api_working_dir");
    }

    Path backups() {
        return home.resolve("backups");
    }

    /** Returns a command that starts Java with the class path of the test. */
    static List<String> java(String main, String... args) {
        return JAVA.command(main, args);
    }

    /** The first process runs the demo, whose classes most others load too. */
    private static JavaProcesses java() {
        try {
            Path folder = Files.createTempDirectory("ngbak-classes");
            JavaProcesses java = new JavaProcesses();
            java.shareClasses(
                    folder,
                    command -> new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("demo.out").toFile())
                            .start()
                            .waitFor(),
                    Main.class.getName(),
                    "demo",
                    "--exit");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return java;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path folder) {
        try {
            StateDirectory.deleteTree(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CommandResult run(String... args) throws IOException, InterruptedException {
        return run(java(Main.class.getName(), args));
    }

    /** Returns a command that resets INT and HUP, which a build in the background ignores and child processes inherit. */
    static List<String> javaWithSignals(String main, String... args) {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        command.addAll(java(main, args));
        return command;
    }

    CommandResult run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("ngbak-test", ".out");
        Path err = Files.createTempFile("ngbak-test", ".err");
        try {
            int code = builder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start()
                    .waitFor();
            return new CommandResult(
                    code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts a process and discards its output. */
    Process start(List<String> command) throws IOException {
        return builder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Starts a process that writes its output to files. */
    Process start(List<String> command, Path out, Path err) throws IOException {
        return builder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    /** Starts a process with pipes for input and output. */
    Process startWithInput(List<String> command) throws IOException {
        return builder(command)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectErrorStream(true)
                .start();
    }

    /** Sends a signal, such as {@code INT}. */
    static void signal(Process process, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    private ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().keySet().removeIf(name -> name.matches("(BACKUP|NEO4J|QDRANT|REDIS|GRAPH|VECTOR|KV)_.*"));
        builder.environment().keySet().removeAll(List.of("WORKING_DIR", "HOST", "PORT", "API_PREFIX", "LOG_FORMAT"));
        builder.environment().putAll(settings);
        return builder;
    }
}
