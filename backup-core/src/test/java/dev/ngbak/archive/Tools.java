package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs external programs. A missing program skips the test, or fails it if {@code CI=true}. */
final class Tools {

    /** The exit code and output of a process. */
    record Result(int exit, String out, String err) {}

    private Tools() {}

    /** Skips the test if a program is missing. Fails it on CI, where all programs must be installed. */
    static void require(String... names) {
        List<String> missing =
                Stream.of(names).filter(name -> !isInstalled(name)).toList();
        if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
            fail("CI must install " + missing);
        }
        assumeTrue(missing.isEmpty(), "not installed: " + missing);
    }

    private static boolean isInstalled(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** Runs a bash script in a directory, with a UTF-8 locale. */
    static Result bash(Path folder, String script, Map<String, String> variables)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("tool", ".out");
        Path err = Files.createTempFile("tool", ".err");
        try {
            ProcessBuilder bash = new ProcessBuilder("bash", "-c", "set -euo pipefail\n" + script)
                    .directory(folder.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            bash.environment().putAll(variables);
            bash.environment().put("LC_ALL", "C.UTF-8");
            int exit = bash.start().waitFor();
            return new Result(exit, text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Runs a script that must succeed, and returns its output. */
    static String run(Path folder, String script, Map<String, String> variables)
            throws IOException, InterruptedException {
        Result result = bash(folder, script, variables);
        assertThat(result.exit())
                .as("%s%n%s%s", script, result.out(), result.err())
                .isZero();
        return result.out();
    }

    /** Returns the size and digest of every file below a directory, by relative path. */
    static Map<String, String> tree(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(folder.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
        return TestArchives.digests(files);
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
