package dev.ngbak.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Commands for Java processes with the class path of this one. After {@link #shareClasses} the processes share the loaded
 * classes of libraries, which halves the duration of short ones. Not thread-safe.
 */
public final class JavaProcesses {

    /** Runs a command to its end. */
    @FunctionalInterface
    public interface Runner {

        /** @return the exit code */
        int run(List<String> command) throws IOException, InterruptedException;
    }

    private final List<String> java = new ArrayList<>(List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m"));

    /** Returns a command that runs a class. */
    public List<String> command(String main, String... arguments) {
        List<String> command = new ArrayList<>(java);
        command.add("-cp");
        command.add(Stream.of(classPath(true), classPath(false))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(File.pathSeparator)));
        command.add(main);
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Runs a program once, and makes all later commands share the classes that it loaded.
     *
     * @param folder for the shared classes; it must exist as long as the processes
     */
    public void shareClasses(Path folder, Runner runner, String main, String... arguments)
            throws IOException, InterruptedException {
        Path list = folder.resolve("classes.list");
        Path classes = folder.resolve("classes.jsa");
        java.add("-XX:DumpLoadedClassList=" + list);
        run(runner, command(main, arguments));
        java.set(java.size() - 1, "-XX:SharedArchiveFile=" + classes);
        List<String> dump = new ArrayList<>(java);
        dump.addAll(List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list, "-cp", classPath(true)));
        run(runner, dump);
    }

    private static void run(Runner runner, List<String> command) throws IOException, InterruptedException {
        int code = runner.run(command);
        if (code != 0) {
            throw new IllegalStateException("The process ended with exit code " + code + ": " + command);
        }
    }

    /** Puts the jars first, because only jars at the beginning of the class path can be shared. */
    private static String classPath(boolean jars) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar") == jars)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
