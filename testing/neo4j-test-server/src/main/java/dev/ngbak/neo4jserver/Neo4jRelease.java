package dev.ngbak.neo4jserver;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The releases of Neo4j Community that tests can start. */
public enum Neo4jRelease {
    V5_26("5.26", "/neo4j-server.classpath", 17, ""),
    /** The file neo4j.conf of its distribution makes Cypher 25 the default language. */
    V2026_08("2026.08", "/neo4j-2026-server.classpath", 21, "db.query.default_language=CYPHER_25");

    /** The environment variable that selects the release of the shared server: 5.26, which is the default, or 2026.08. */
    public static final String VARIABLE = "NEO4J_TEST_RELEASE";

    private final String number;
    private final String classPath;
    private final int oldestJava;
    private final String configuration;

    Neo4jRelease(String number, String classPath, int oldestJava, String configuration) {
        this.number = number;
        this.classPath = classPath;
        this.oldestJava = oldestJava;
        this.configuration = configuration;
    }

    /** Returns the release that {@value #VARIABLE} selects. */
    public static Neo4jRelease selected() {
        String wanted = System.getenv().getOrDefault(VARIABLE, V5_26.number);
        for (Neo4jRelease release : values()) {
            if (release.number.equals(wanted)) {
                return release;
            }
        }
        throw new IllegalStateException(VARIABLE + " is " + wanted + ", but must be one of 5.26 and 2026.08");
    }

    /** Returns the name for tables and messages: {@code Neo4j 5.26}. */
    public String displayName() {
        return "Neo4j " + number;
    }

    /** Returns whether this machine has a Java that can run it. Its class path is always there. */
    public boolean isAvailable() {
        return javaHome().isPresent();
    }

    /** Returns why it cannot run here, for tests that are skipped. */
    public String whyNotAvailable() {
        return displayName() + " needs Java " + oldestJava + " or later. Set " + NewerJava.VARIABLE
                + " to the folder of one";
    }

    /** Writes the file neo4j.conf that this release comes with into the home directory of a server. */
    void writeConfiguration(Path home) throws IOException {
        Files.writeString(Files.createDirectory(home.resolve("conf")).resolve("neo4j.conf"), configuration);
    }

    private Optional<Path> javaHome() {
        return NewerJava.find(oldestJava);
    }

    /** Returns the command for Java with the class path of this release, without the main class. */
    List<String> java() throws IOException {
        Path home = javaHome().orElseThrow(() -> new IllegalStateException(whyNotAvailable()));
        return List.of(
                home.resolve("bin/java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-opens=java.base/java.io=ALL-UNNAMED",
                "-cp",
                classPath());
    }

    private String classPath() throws IOException {
        try (InputStream in = Neo4jRelease.class.getResourceAsStream(classPath)) {
            if (in == null) {
                throw new IOException(
                        classPath + " is missing: the module of this test must depend on the one that makes it");
            }
            String own = Path.of(Neo4jRelease.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
            return own + File.pathSeparator + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
