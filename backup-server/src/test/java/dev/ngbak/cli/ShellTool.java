package dev.ngbak.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A program that the tests use if it is installed. */
final class ShellTool {

    private ShellTool() {}

    /** Skips the test if the program is not installed. On CI the test goes on, and fails. */
    static void require(String program) {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        assumeTrue(installed || "true".equals(System.getenv("CI")), program + " is not installed");
    }

    /** Runs a program and returns everything that it prints. */
    static String run(Path folder, String program, String... arguments) throws IOException, InterruptedException {
        require(program);
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
