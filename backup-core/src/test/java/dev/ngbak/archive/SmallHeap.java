package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a class in a separate JVM with a small heap, so that memory use that grows with the data fails. */
final class SmallHeap {

    private SmallHeap() {}

    /** Returns the output of the class. Fails if the JVM exits with an error. */
    static String run(Path folder, int megabytes, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        return run(folder, List.of(), megabytes, main, arguments);
    }

    /** @param wrapper a command that runs the command appended to it, for example a shell that sets limits first */
    static String run(Path folder, List<String> wrapper, int megabytes, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + megabytes + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out-of-" + main.getSimpleName());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor()).as(() -> read(out)).isZero();
            return read(out);
        } finally {
            process.destroyForcibly();
            Files.delete(out);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }
}
