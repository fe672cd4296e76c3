package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the installed launcher with scripts that pretend to be Java and print what they were called with. */
class LauncherTest {

    private static final Path SOURCES = Path.of("../backup-dist/src/main/launcher");
    private static final List<String> TOOLS =
            List.of("dirname", "find", "flock", "head", "mkdir", "mv", "readlink", "rm", "sed", "touch");

    @TempDir
    Path temp;

    private Path home;
    private Path jar;
    private Path path;
    private NgbakProcess process;

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(temp.resolve("a folder/ngbak"));
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectories(home.resolve("lib"));
        Files.copy(SOURCES.resolve("ngbak"), home.resolve("bin/ngbak"));
        Files.copy(SOURCES.resolve("launch.sh"), home.resolve("lib/launch.sh"));
        jar = Files.createFile(home.resolve("lib/backup-server-1.jar"));
        // A PATH on which there is no java.
        path = Files.createDirectory(temp.resolve("path"));
        for (String tool : TOOLS) {
            script(path.resolve(tool), "PATH=/usr/bin:/bin exec " + tool + " \"$@\"");
        }
        process = new NgbakProcess(Files.createDirectory(temp.resolve("current")));
        process.settings.put("PATH", path.toString());
        process.settings.put("HOME", temp.toString());
        for (String name : List.of("JAVA_HOME", "NGBAK_JAVA", "NGBAK_JAVA_OPTS", "XDG_CACHE_HOME")) {
            process.settings.put(name, "");
        }
    }

    /** Writes a script in place of Java, which logs its calls and creates an archive of classes when told to. */
    private Path java(Path file, String version) throws IOException {
        return script(file, """
                if [ "$1" = -version ]; then
                  echo 'Picked up JAVA_TOOL_OPTIONS: -Dx=y' >&2
                  echo 'openjdk version "%s" 2021-09-14' >&2
                  exit
                fi
                case $1 in
                  -XX:ArchiveClassesAtExit=*)
                    echo training >>'%s'
                    [ -n "$BROKEN" ] || echo classes >"${1#*=}"
                    ;;
                esac
                echo "locale: $LC_ALL"
                echo "java: $0"
                for argument; do echo "argument: $argument"; done
                """.formatted(version, temp.resolve("trainings")));
    }

    private static Path script(Path file, String commands) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + commands);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private CommandResult launch(String... arguments) throws Exception {
        return launch(home.resolve("bin/ngbak"), arguments);
    }

    private CommandResult launch(Path launcher, String... arguments) throws Exception {
        return process.run(Stream.concat(Stream.of("/bin/sh", launcher.toString()), Stream.of(arguments))
                .toList());
    }

    private List<String> trainings() throws IOException {
        return Files.readAllLines(temp.resolve("trainings"));
    }

    @Test
    void runsTheJarThroughLinksAndFoldersWithSpaces() throws Exception {
        java(path.resolve("java"), "17.0.15");
        Path absolute = Files.createSymbolicLink(temp.resolve("absolute link"), home.resolve("bin/ngbak"));
        Path relative = Files.createSymbolicLink(temp.resolve("relative"), absolute.getFileName());

        CommandResult run = launch(relative, "backup", "--note", "two words");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .containsSubsequence(
                        "argument: -jar",
                        "argument: " + jar.toRealPath(),
                        "argument: backup",
                        "argument: --note",
                        "argument: two words");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void explicitJavaComesFirstThenThatOfTheInstallationThenThePath() throws Exception {
        Path onPath = java(path.resolve("java"), "17");
        assertThat(launch("list").out()).contains("java: " + onPath);
        Path bundled = java(home.resolve("runtime/bin/java"), "21.0.2");
        assertThat(launch("list").out()).contains("java: " + bundled);
        Path ofHome = java(temp.resolve("jdk/bin/java"), "25-ea");
        process.settings.put("JAVA_HOME", temp.resolve("jdk").toString());
        assertThat(launch("list").out()).contains("java: " + ofHome);
        Path named = java(temp.resolve("my java"), "17.0.1");
        process.settings.put("NGBAK_JAVA", named.toString());
        assertThat(launch("list").out()).contains("java: " + named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_292", "11.0.2", "16-ea"})
    void oldJavaIsRefusedInOneLine(String version) throws Exception {
        Path java = java(path.resolve("java"), version);

        CommandResult run = launch("list");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .contains("Java 17 or newer is needed", java + " (from the PATH) is Java " + version, "NGBAK_JAVA");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void missingJavaIsRefusedInOneLine() throws Exception {
        CommandResult none = launch("list");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err().lines()).singleElement().asString().contains("the PATH has no java", "NGBAK_JAVA");

        process.settings.put("JAVA_HOME", temp.toString());
        CommandResult wrongHome = launch("list");
        assertThat(wrongHome.code()).isEqualTo(2);
        assertThat(wrongHome.err().lines())
                .singleElement()
                .asString()
                .contains(temp.resolve("bin/java") + " (from JAVA_HOME) is not a program");
    }

    @Test
    void launcherOfTheCheckoutRefusesAnOldJavaBeforeItBuilds() throws Exception {
        java(path.resolve("java"), "11");

        CommandResult run = launch(Path.of("../ngbak").toAbsolutePath(), "list");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).singleElement().asString().contains("is Java 11");
    }

    @Test
    void classesAreSharedFromTheSecondStartUntilTheJarChanges() throws Exception {
        java(path.resolve("java"), "17");
        Path shared = temp.resolve(".cache/ngbak/backup-server-1.jar-17.jsa");

        assertThat(launch("list").out()).contains("argument: -XX:SharedArchiveFile=" + shared);
        assertThat(launch("list").out()).contains("argument: -XX:SharedArchiveFile=" + shared);
        assertThat(trainings()).hasSize(1);

        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(launch("list").code()).isZero();
        assertThat(trainings()).hasSize(2);
    }

    @Test
    void startsWithoutSharedClassesIfTheyCannotBeWritten() throws Exception {
        java(path.resolve("java"), "17");
        process.settings.put("BROKEN", "1");
        for (int start = 0; start < 2; start++) {
            CommandResult run = launch("list");
            assertThat(run.code()).isZero();
            assertThat(run.out()).doesNotContain("SharedArchiveFile");
        }
        assertThat(trainings()).as("a failure is not repeated").hasSize(1);

        process.settings.put(
                "XDG_CACHE_HOME", Files.createFile(temp.resolve("a file")).toString());
        CommandResult run = launch("list");
        assertThat(run.code()).isZero();
        assertThat(run.out()).doesNotContain("SharedArchiveFile");
        assertThat(run.err()).isEmpty();
        assertThat(trainings()).hasSize(1);
    }

    @Test
    void optionsAndLocaleReachJava() throws Exception {
        java(path.resolve("java"), "17");
        process.settings.put("NGBAK_JAVA_OPTS", "-Xmx256m -Da=b");
        process.settings.put("LC_ALL", "C");
        assertThat(launch("list").out().lines())
                .contains(
                        "locale: C.UTF-8",
                        "argument: -Xmx256m",
                        "argument: -Da=b",
                        "argument: -XX:TieredStopAtLevel=1");
        process.settings.put("LC_ALL", "nb_NO.UTF-8");
        assertThat(launch("backup").out()).contains("locale: nb_NO.UTF-8").doesNotContain("TieredStopAtLevel");
        assertThat(launch("--config", "my.env", "backup").out()).doesNotContain("TieredStopAtLevel");
    }
}
