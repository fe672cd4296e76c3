package dev.ngbak.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds programs of servers that no package installs. An environment variable names them. */
public final class ServerPrograms {

    private ServerPrograms() {}

    /**
     * Returns the programs that a variable such as {@code VALKEY_BIN} names, in its order. Several paths are separated as in
     * {@code PATH}. Empty if the variable is not set.
     *
     * @throws IllegalStateException if one of them is not an executable file, so that a wrong path does not skip tests
     */
    public static List<Path> of(String variable) {
        String value = System.getenv().getOrDefault(variable, "");
        List<Path> programs = Stream.of(value.split(File.pathSeparator))
                .filter(path -> !path.isBlank())
                .map(Path::of)
                .toList();
        for (Path program : programs) {
            if (!Files.isExecutable(program)) {
                throw new IllegalStateException(variable + " names " + program + ", which is not an executable file");
            }
        }
        return programs;
    }
}
