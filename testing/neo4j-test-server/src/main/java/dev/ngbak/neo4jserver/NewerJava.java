package dev.ngbak.neo4jserver;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** Finds a Java for servers that need a newer one than the tests run on. */
final class NewerJava {

    /** The environment variable that names the folder of a Java, as {@code JAVA_HOME} does. */
    static final String VARIABLE = "NEO4J_JAVA_HOME";

    /** Where packages and installers put their folders, each followed by what leads from there to {@code bin/java}. */
    private static final List<String[]> PLACES = List.of(
            new String[] {"/usr/lib/jvm", ""},
            new String[] {"/Library/Java/JavaVirtualMachines", "Contents/Home"},
            new String[] {System.getProperty("user.home") + "/.sdkman/candidates/java", ""});

    private NewerJava() {}

    /**
     * Returns the folder of a Java of at least this version: that of the tests, the one that {@value #VARIABLE} names, or the
     * newest that is installed in a usual place.
     *
     * @throws IllegalStateException if {@value #VARIABLE} names no such Java, so that a wrong path does not skip tests
     */
    static Optional<Path> find(int oldest) {
        if (Runtime.version().feature() >= oldest) {
            return Optional.of(Path.of(System.getProperty("java.home")));
        }
        String named = System.getenv().getOrDefault(VARIABLE, "");
        if (!named.isBlank()) {
            Path home = Path.of(named);
            if (version(home) < oldest) {
                throw new IllegalStateException(
                        VARIABLE + " names " + home + ", which is not a Java " + oldest + " or later");
            }
            return Optional.of(home);
        }
        return installed().stream()
                .filter(home -> version(home) >= oldest)
                .max(Comparator.comparingInt(NewerJava::version));
    }

    private static List<Path> installed() {
        List<Path> homes = new ArrayList<>();
        for (String[] place : PLACES) {
            try (Stream<Path> folders = Files.list(Path.of(place[0]))) {
                folders.sorted().map(folder -> folder.resolve(place[1])).forEach(homes::add);
            } catch (IOException e) {
                // This place does not exist here.
            }
        }
        return homes;
    }

    /** Returns the feature version of a Java, such as 21, from its file {@code release}; 0 if the folder is none. */
    private static int version(Path home) {
        if (!Files.isExecutable(home.resolve("bin/java"))) {
            return 0;
        }
        Properties release = new Properties();
        try (Reader in = Files.newBufferedReader(home.resolve("release"))) {
            release.load(in);
            String version = release.getProperty("JAVA_VERSION", "0").replace("\"", "");
            return Runtime.Version.parse(version).feature();
        } catch (IOException | IllegalArgumentException e) {
            return 0;
        }
    }
}
