package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.neo4jserver.Neo4jRelease;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.Faults.Trap;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The mode {@code admin} when commands fail. The commands are scripts: they log their calls, keep the "database" in a file,
 * and fail or wait if a file with a certain name exists. The server is real and stays up; the proxy to it is cut to make it
 * unreachable.
 */
@Timeout(120)
class AdminFailureTest {

    private static final String OLD = "DZV1 the old state";
    private static final String NEW = "DZV1 the new state";

    @TempDir
    private Path folder;

    @BeforeEach
    void wipe() throws IOException {
        TestDatabase.wipe();
        TestDatabase.run("CREATE (:A {id: 1})-[:R]->(:B)");
        Files.writeString(folder.resolve("database"), OLD);
        script("stop", "");
        script("start", "");
        script("admin", """
                case "$*" in
                  "database dump --to-stdout neo4j") cat database ;;
                  "database load --info --from-stdin neo4j") cat > /dev/null ;;
                  "database load --from-stdin --overwrite-destination=true neo4j") cat > database ;;
                  --version) ;;
                  *) exit 64 ;;
                esac
                """);
    }

    /** Writes a script. Its step is the subcommand of neo4j-admin, or the name of the script. */
    private void script(String name, String body) throws IOException {
        Path file = folder.resolve(name);
        String head = """
                #!/bin/sh
                cd %s
                step=%s
                case "$*" in
                  *--info*) step=info ;;
                  *load*) step=load ;;
                  *dump*) step=dump ;;
                  --version) step=version ;;
                esac
                echo $step >> calls
                touch at-$step
                while [ -e hold-$step ]; do sleep 0.05; done
                if [ -e fail-$step ]; then
                  cat fail-$step >&2
                  grep -q always fail-$step || rm fail-$step
                  [ $step = load ] && echo unusable > database
                  exit 3
                fi
                """.formatted(folder, name);
        Files.writeString(file, head + body);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Settings settings(String... more) {
        Settings settings = TestDatabase.settings(more);
        for (var value : Map.of(
                        "NEO4J_GRAPH_NAMESPACE",
                        "*",
                        "NEO4J_BACKUP_MODE",
                        "admin",
                        "NEO4J_ADMIN_CMD",
                        folder + "/admin",
                        "NEO4J_STOP_CMD",
                        folder + "/stop",
                        "NEO4J_START_CMD",
                        folder + "/start",
                        "BACKUP_DIR",
                        folder.resolve("backups").toString())
                .entrySet()) {
            if (settings.text(value.getKey(), null) == null) {
                settings = settings.with(value.getKey(), value.getValue());
            }
        }
        return settings;
    }

    private Settings through(TcpProxy proxy) {
        return settings("NEO4J_URL", "bolt://127.0.0.1:" + proxy.port());
    }

    private ExportedGraph archive() {
        StoreInfo info = new StoreInfo(
                "Neo4j",
                TestDatabase.SERVER.version(),
                "neo4j-admin/1",
                Map.of("NEO4J_GRAPH_NAMESPACE", "*", "store_format", "record-aligned-1.1"),
                -1);
        return ExportedGraph.ofFile(info, NEW.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> calls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private String database() throws IOException {
        return Files.readString(folder.resolve("database"));
    }

    private void fail(String step, String words) throws IOException {
        Files.writeString(folder.resolve("fail-" + step), words);
    }

    private void hold(String step) throws IOException {
        Files.createFile(folder.resolve("hold-" + step));
    }

    private void awaitStep(String step) throws InterruptedException {
        while (!Files.exists(folder.resolve("at-" + step))) {
            Thread.sleep(20);
        }
    }

    private void release(String step) throws IOException {
        Files.delete(folder.resolve("hold-" + step));
    }

    /** Returns the names of the files in the state directory, without the key of the database. */
    private List<String> stateFiles() throws IOException {
        Path place = folder.resolve("backups/.ngbak/neo4j");
        if (!Files.exists(place)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("^\\p{XDigit}{16}", "X"))
                    .sorted()
                    .toList();
        }
    }

    private static <T> FutureTask<T> inBackground(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        new Thread(task, "work").start();
        return task;
    }

    private static BackupException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        BackupException failure = catchThrowableOfType(BackupException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void commandsRunInOrder() throws Exception {
        ExportedGraph archive = ExportedGraph.of(settings());
        assertThat(archive.lines()).containsExactly(OLD);
        assertThat(archive.summary().records()).isEqualTo(3);
        assertThat(calls()).containsExactly("version", "stop", "dump", "start");
        assertThat(stateFiles()).isEmpty();

        Files.delete(folder.resolve("calls"));
        StoreSummary restored = archive().restore(settings());
        assertThat(restored).isEqualTo(archive.summary());
        assertThat(database()).isEqualTo(NEW);
        assertThat(calls()).containsExactly("info", "stop", "dump", "load", "start");
        assertThat(stateFiles()).isEmpty();
    }

    @Test
    void summaryIsOpaqueWhenSomethingWasWrittenDuringTheDump() throws Exception {
        InMemoryEntries entries = new InMemoryEntries("graph/");
        Trap writer = () -> TestDatabase.run("CREATE (:Late)");
        try (ExportSession session = new Neo4jExporter().open(settings())) {
            StoreSummary summary = Summaries.export(session, Faults.sink(entries, 0, writer), Progress.NONE);
            assertThat(summary.records()).isEqualTo(-1);
            assertThat(summary.contentDigest()).isNull();
            assertThat(summary.counts().counts()).isEmpty();
            assertThat(summary.warnings()).singleElement().asString().contains("written");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "version, NEO4J_ADMIN_CMD, version",
        "stop, NEO4J_STOP_CMD, version stop start",
        "dump, NEO4J_ADMIN_CMD, version stop dump start"
    })
    void failedCommandOfAnExportStartsNeo4jAgain(String step, String setting, String calls) throws Exception {
        fail(step, "wrong: " + TestDatabase.SERVER.password() + " is wrong\n");
        BackupException failure = failure(() -> ExportedGraph.of(settings()));
        assertThat(failure)
                .hasMessageContaining(setting + " failed (exit code 3: wrong: *** is wrong)")
                .hasMessageNotContaining(TestDatabase.SERVER.password())
                .hasMessageNotContaining(folder.toString());
        assertThat(calls()).containsExactly(calls.split(" "));
        assertThat(stateFiles()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"info, info", "stop, info stop start", "dump, info stop dump start"})
    void failedCommandBeforeTheLoadChangesNothing(String step, String calls) throws Exception {
        fail(step, "no");
        assertThat(failure(() -> archive().restore(settings()))).hasMessageContaining("exit code 3: no");
        assertThat(database()).isEqualTo(OLD);
        assertThat(calls()).containsExactly(calls.split(" "));
        assertThat(stateFiles()).isEmpty();
    }

    @Test
    void failedLoadIsRolledBack() throws Exception {
        fail("load", "Files: 1/36, data:  0.9%\nthe disk is full\nRun with '--verbose' for more\n");
        BackupException failure = failure(() -> archive().restore(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(failure)
                .hasMessageContaining("(exit code 3: the disk is full)")
                .hasMessageContaining("was loaded again");
        assertThat(database()).isEqualTo(OLD);
        assertThat(calls()).containsExactly("info", "stop", "dump", "load", "stop", "load", "start");
        assertThat(stateFiles()).isEmpty();
    }

    @Test
    void previousDatabaseIsLoadedWhenTheNewOneDoesNotAnswer() throws Exception {
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port())) {
            Settings settings = through(proxy);
            hold("load");
            FutureTask<StoreSummary> restore = inBackground(() -> archive().restore(settings));
            awaitStep("load");
            proxy.cut();
            fail("start", "");
            Files.delete(folder.resolve("at-load"));
            release("load");
            while (Files.exists(folder.resolve("fail-start"))) {
                Thread.sleep(20);
            }
            awaitStep("load");
            proxy.mend();
            assertThatThrownBy(restore::get)
                    .cause()
                    .hasMessageContaining("NEO4J_START_CMD ended with exit code 3")
                    .hasMessageContaining("was loaded again");
        }
        assertThat(database()).isEqualTo(OLD);
        assertThat(calls()).containsExactly("info", "stop", "dump", "load", "start", "stop", "load", "start");
    }

    @Test
    void nextSessionLoadsThePreviousDatabaseWhenRollbackFailed() throws Exception {
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port())) {
            hold("load");
            FutureTask<StoreSummary> restore = inBackground(() -> archive().restore(through(proxy)));
            awaitStep("load");
            proxy.cut();
            fail("start", "always");
            release("load");
            assertThatThrownBy(restore::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
                    .hasMessageContaining("COULD NOT BE LOADED AGAIN")
                    .hasMessageContaining("former.dump");
            assertThat(stateFiles()).containsExactly("X.former.dump", "X.note");

            Files.writeString(folder.resolve("database"), "unusable");
            Files.delete(folder.resolve("calls"));
            Files.delete(folder.resolve("fail-start"));
            hold("start");
            Files.delete(folder.resolve("at-start"));
            FutureTask<Boolean> next = inBackground(() -> {
                try (ExportSession session = new Neo4jExporter().open(through(proxy))) {
                    return session.counts().counts().containsValue(2L);
                }
            });
            awaitStep("start");
            proxy.mend();
            release("start");
            assertThat(next.get()).isTrue();
        }
        assertThat(database()).isEqualTo(OLD);
        assertThat(calls()).containsExactly("stop", "load", "start");
        assertThat(stateFiles()).isEmpty();
    }

    @Test
    void nextSessionStartsNeo4jWhenItDidNotAnswerAfterADump() throws Exception {
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port())) {
            fail("start", "");
            try (ExportSession session = new Neo4jExporter().open(through(proxy))) {
                assertThat(failure(() -> Summaries.export(
                                session, Faults.sink(new InMemoryEntries("graph/"), 0, proxy::cut), Progress.NONE)))
                        .hasMessageContaining("did not come back")
                        .hasMessageContaining("NEO4J_START_CMD ended with exit code 3");
            }
            assertThat(stateFiles()).containsExactly("X.note");
            Files.delete(folder.resolve("at-start"));
            hold("start");
            FutureTask<StoreSummary> next = inBackground(() -> archive().restore(through(proxy)));
            awaitStep("start");
            proxy.mend();
            release("start");
            assertThat(next.get().records()).isEqualTo(3);
        }
        assertThat(calls())
                .containsExactly("version", "stop", "dump", "start", "start", "info", "stop", "dump", "load", "start");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dump", "load"})
    void abortEndsTheCommandAndBringsTheDatabaseBack(String step) throws Exception {
        hold(step);
        try (RestoreSession session = new Neo4jRestorer().open(settings())) {
            FutureTask<StoreSummary> restore =
                    inBackground(() -> Summaries.restore(session, archive().source(), Progress.NONE));
            awaitStep(step);
            Files.delete(folder.resolve("at-" + step));
            session.abort();
            if (step.equals("load")) {
                awaitStep(step);
                release(step);
            }
            assertThatThrownBy(restore::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(database()).isEqualTo(OLD);
        assertThat(calls()).last().isEqualTo("start");
        assertThat(stateFiles()).isEmpty();
    }

    @Test
    void outputThatIsNoDumpIsRejected() throws Exception {
        Files.writeString(folder.resolve("database"), "2026-11-23 INFO Starting dump");
        assertThat(failure(() -> ExportedGraph.of(settings())))
                .hasMessageContaining("NEO4J_ADMIN_CMD did not write a dump");
        assertThat(calls()).last().isEqualTo("start");
    }

    @Test
    void missingCommandIsInvalid() {
        BackupException failure = failure(() -> ExportedGraph.of(settings("NEO4J_ADMIN_CMD", "/nowhere/hidden-admin")));
        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure).hasMessageContaining("NEO4J_ADMIN_CMD cannot be run");
    }

    @Test
    void contradictorySettingsAreRejected() {
        assertThat(failure(() -> new Neo4jExporter()
                        .open(settings("NEO4J_GRAPH_NAMESPACE", TestDatabase.LABEL))
                        .close()))
                .hasMessageContaining("NEO4J_GRAPH_NAMESPACE=*");
        assertThat(failure(() -> new Neo4jRestorer()
                        .open(TestDatabase.settings("NEO4J_BACKUP_MODE", "admin", "NEO4J_STOP_CMD", "true"))
                        .close()))
                .hasMessageContaining("NEO4J_ADMIN_CMD and NEO4J_START_CMD are not set");
        assertThat(failure(() -> new Neo4jExporter()
                        .open(settings("NEO4J_DATABASE", "a; rm"))
                        .close()))
                .hasMessageContaining("NEO4J_DATABASE");
    }

    /** The form of the archive decides, not the mode. */
    @Test
    void eachModeRestoresArchivesOfTheOther() throws Exception {
        Settings bolt = settings("NEO4J_BACKUP_MODE", "bolt");
        assertThat(archive().restore(bolt).records()).isEqualTo(3);
        assertThat(database()).isEqualTo(NEW);

        ExportedGraph lines = ExportedGraph.of(bolt);
        TestDatabase.wipe();
        assertThat(lines.restore(settings())).isEqualTo(lines.summary());
        assertThat(database()).isEqualTo(NEW);
    }

    @Test
    void preflightReportsWhyADumpCannotBeLoaded() throws Exception {
        assertThat(problems(
                        TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"),
                        archive().info(),
                        1))
                .singleElement()
                .satisfies(problem -> assertThat(problem.kind()).isEqualTo(Kind.INVALID))
                .asString()
                .contains("NEO4J_ADMIN_CMD and NEO4J_STOP_CMD and NEO4J_START_CMD are not set");
        assertThat(problems(settings(), archive().info(), 1)).isEmpty();
        assertThat(problems(settings(), archive().info(), Long.MAX_VALUE))
                .singleElement()
                .satisfies(problem -> assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE));
        String later = Neo4jRelease.selected() == Neo4jRelease.V5_26 ? "5.27.0" : "2026.09.0";
        for (String version : List.of("2999.01.0", later, "4.4.40", "unknown")) {
            StoreInfo info = new StoreInfo(
                    "Neo4j", version, "neo4j-admin/1", archive().info().scope(), -1);
            assertThat(problems(settings(), info, 1))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.kind()).isEqualTo(Kind.INCOMPATIBLE))
                    .asString()
                    .contains(version);
        }
        StoreInfo block = new StoreInfo(
                "Neo4j",
                "5.26.0",
                "neo4j-admin/1",
                Map.of("NEO4J_GRAPH_NAMESPACE", "*", "store_format", "block-block-1.1"),
                -1);
        assertThat(problems(settings(), block, 1)).singleElement().asString().contains("Community");
        assertThat(calls()).isEmpty();
    }

    private static List<BackupException> problems(Settings settings, StoreInfo archived, long bytes)
            throws IOException {
        try (RestoreSession session = new Neo4jRestorer().open(settings)) {
            return session.problems(archived, bytes);
        }
    }
}
