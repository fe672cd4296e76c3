package dev.ngbak.age;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs other programs that read and write the format of age. */
final class Programs {

    private Programs() {}

    /** Skips the test if a program is missing. Fails it on CI, where all programs must be installed. */
    static void require(String... names) {
        List<String> missing = Stream.of(names)
                .filter(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                        .noneMatch(directory -> Files.isExecutable(Path.of(directory, name))))
                .toList();
        if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
            fail("CI must install " + missing);
        }
        assumeTrue(missing.isEmpty(), "not installed: " + missing);
    }

    /** Returns the exit code. */
    static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
    }
}
