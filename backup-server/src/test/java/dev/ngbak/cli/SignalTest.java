package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.engine.Job;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests signals while no data is being replaced: before the work, during reading, at a question, and after the work. {@link
 * ShutdownTest} and {@link RestoreProcessTest} test signals during other work.
 */
class SignalTest {

    private static final int INTERRUPTED = 130;

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws Exception {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(ngbak.workingDir())) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    private void backUp() throws Exception {
        assertThat(ngbak.run("backup", "--id", "mine").code()).isZero();
    }

    private static void assertEnds(Process process, int code) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("the process has ended")
                .isTrue();
        assertThat(process.exitValue()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    @EnabledForJreRange(max = JRE.JAVA_23, disabledReason = "later ones have no hook for that moment")
    void signalAfterARestoreKeepsItsExitCode(String signal) throws Exception {
        Map<String, String> archived = files();
        backUp();
        WorkingFolders.make(ngbak.workingDir(), 44, 2);
        List<String> command = NgbakProcess.javaWithSignals(
                SignalAtExit.class.getName(), signal, "restore", "mine", "--yes", "--json");
        command.add(command.indexOf("-cp"), "-Djava.security.manager=allow");

        NgbakProcess.CommandResult restore = ngbak.run(command);

        assertThat(restore.result().path("ok").asBoolean()).as(restore.err()).isTrue();
        assertThat(files()).isEqualTo(archived);
        assertThat(restore.code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "INT INT"})
    void signalEndsAListBlockedByAFullPipe(String signals) throws Exception {
        assertThat(ngbak.run("backup", "--id", "mine", "--note", "x".repeat(8_000))
                        .code())
                .isZero();
        for (int i = 0; i < 10; i++) {
            Files.copy(ngbak.backups().resolve("mine.ngbak"), ngbak.backups().resolve(i + ".ngbak"));
        }
        Process list = ngbak.startWithInput(NgbakProcess.javaWithSignals(Main.class.getName(), "list"));
        assertThat(list.getInputStream().read()).isPositive(); // read no more, so that the pipe fills up

        for (String signal : signals.split(" ")) {
            NgbakProcess.signal(list, signal);
        }

        assertEnds(list, INTERRUPTED);
    }

    @Test
    void signalEndsAnInspectBlockedByAFullPipe() throws Exception {
        assertThat(ngbak.run("backup", "--id", "mine", "--note", "x".repeat(100_000))
                        .code())
                .isZero();
        Process inspect = ngbak.startWithInput(NgbakProcess.javaWithSignals(Main.class.getName(), "inspect", "mine"));
        assertThat(inspect.getInputStream().read()).isPositive();

        NgbakProcess.signal(inspect, "INT");

        assertEnds(inspect, INTERRUPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"doctor --json", "check --json"})
    void signalEndsACommandThatWaitsForAStore(String arguments) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ngbak.settings.put("KV_BACKEND", "redis");
            ngbak.settings.put("REDIS_URL", "redis://127.0.0.1:" + silent.getLocalPort());
            Path out = temp.resolve("out");
            Process process = ngbak.start(
                    NgbakProcess.javaWithSignals(Main.class.getName(), arguments.split(" ")), out, temp.resolve("err"));
            try (Socket connection = silent.accept()) {
                assertThat(connection.getInputStream().read()).isPositive();

                NgbakProcess.signal(process, "INT");

                assertEnds(process, INTERRUPTED);
            }
            List<String> lines = Files.readAllLines(out);
            JsonNode result = new ObjectMapper().readTree(lines.get(lines.size() - 1));
            assertThat(result.path("type").asText()).isEqualTo("result");
            assertThat(result.path("ok").asBoolean(true)).isFalse();
            assertThat(result.path("exit_code").asInt()).isEqualTo(INTERRUPTED);
        }
    }

    /** Covers the time from before signals are handled until after the question. */
    @Test
    void signalBeforeTheConfirmationChangesNothing() throws Exception {
        WorkingFolders.make(ngbak.workingDir(), 4_000, 1);
        backUp();
        Map<String, String> before = files();
        List<Integer> codes = new ArrayList<>();
        for (int millis = 150; millis <= 2_000; millis += 150) {
            Process restore =
                    ngbak.startWithInput(NgbakProcess.javaWithSignals(Main.class.getName(), "restore", "mine"));
            restore.waitFor(millis, TimeUnit.MILLISECONDS);

            NgbakProcess.signal(restore, "INT");

            assertThat(restore.waitFor(60, TimeUnit.SECONDS))
                    .as("it has ended after a signal at " + millis + " ms")
                    .isTrue();
            codes.add(restore.exitValue());
        }
        assertThat(codes).containsOnly(INTERRUPTED);
        assertThat(files()).isEqualTo(before);
        assertThat(ngbak.run("restore", "mine", "--yes").code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void controlCAtTheQuestionChangesNothing(int times) throws Exception {
        backUp();
        try (PseudoTerminal terminal =
                PseudoTerminal.start(ngbak, 120, NgbakProcess.java(Main.class.getName(), "restore", "mine"))) {
            terminal.await(screen -> screen.lastRow().endsWith("Type yes to continue: "));

            terminal.type("\u0003".repeat(times));

            assertThat(terminal.end()).as(terminal.screen().toString()).isEqualTo(INTERRUPTED);
            assertThat(terminal.screen().text()).contains("Nothing was changed");
        }
        try (Stream<Path> jobs = Files.list(ngbak.backups().resolve(".ngbak/jobs"))) {
            assertThat(jobs.map(SignalTest::read))
                    .filteredOn(job -> job.contains("\"type\":\"restore\""))
                    .singleElement()
                    .asString()
                    .contains("\"status\":\"cancelled\"");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void jobStartedAfterASignalIsCancelled() {
        ShutdownHandler shutdown = new ShutdownHandler();
        shutdown.workStarted();
        shutdown.onSignal(null);
        Job job = new Job();

        shutdown.jobStarted(job, false);

        assertThat(job.isCancelled()).isTrue();
    }
}
