package dev.ngbak.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The program as a child process, in a folder of its own. */
final class NgbakProcess {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final Path home;
    final Map<String, String> settings = new HashMap<>();

    /** What a run left behind. */
    record CommandResult(int code, String out, String err) {

        /** The last line of stdout, which must be the JSON result. */
        JsonNode result() throws IOException {
            String[] lines = out.split("\n");
            for (String line : lines) {
                if (!MAPPER.readTree(line).has("type")) {
                    throw new AssertionError("not a JSON line with a type: " + line);
                }
            }
            JsonNode last = MAPPER.readTree(lines[lines.length - 1]);
            if (!last.path("type").asText().equals("result")) {
                throw new AssertionError("the last line is no result: " + last);
            }
            return last;
        }
    }

    /** @param home where the process runs; {@code api_working_dir} and {@code backups} are below it by default */
    NgbakProcess(Path home) {
        this.home = home;
    }

    Path workingDir() {
        return home.resolve("api_working_dir");
    }

    Path backups() {
        return home.resolve("backups");
    }

    /** The command line that starts Java with this test's class path. */
    static List<String> java(String main, String... args) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(List.of(args));
        return command;
    }

    CommandResult run(String... args) throws IOException, InterruptedException {
        return run(java(Main.class.getName(), args));
    }

    /** The same with the signals that a build in the background ignores, and hands that down. */
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

    /** A process under way; what it says goes nowhere. */
    Process start(List<String> command) throws IOException {
        return builder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** A process under way, whose outputs are in files. */
    Process start(List<String> command, Path out, Path err) throws IOException {
        return builder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    /** A process under way that waits for input, and whose output is to be read. */
    Process startWithInput(List<String> command) throws IOException {
        return builder(command)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectErrorStream(true)
                .start();
    }

    /** Sends a signal by its name, such as {@code INT}. */
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
