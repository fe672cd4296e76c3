package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The output of a command: results go to stdout, progress and diagnostics to stderr. With {@code --json}, stdout has only
 * JSON lines, and the last one is the result.
 */
final class Terminal {

    private static final Pattern CONTROL_CHARACTERS = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]");
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter out;
    private final OutputStream bytes;
    private final PrintWriter err;
    private final BufferedReader in;
    private final boolean live;
    private final ShutdownHandler shutdown;
    private boolean json;
    private Verbosity verbosity = Verbosity.NORMAL;
    private boolean progressShown;
    private boolean resultPrinted;
    private boolean asking;
    private List<String> advice = List.of();
    private TerminalWidth width;

    /** @param live whether stderr is a terminal, where a line can be overwritten */
    private Terminal(OutputStream out, PrintStream err, InputStream in, boolean live, ShutdownHandler shutdown) {
        this.bytes = out;
        this.out = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.live = live;
        this.shutdown = shutdown;
    }

    /** Returns the terminal of this process. The launcher reports whether stderr is a terminal, which Java 17 cannot. */
    static Terminal ofProcess(ShutdownHandler shutdown) {
        return new Terminal(
                new FileOutputStream(FileDescriptor.out),
                System.err,
                System.in,
                Boolean.getBoolean("ngbak.terminal"),
                shutdown);
    }

    /** Returns a terminal with other streams, which does not show live progress. */
    static Terminal of(OutputStream out, PrintStream err, InputStream in) {
        return new Terminal(out, err, in, false, new ShutdownHandler());
    }

    void useJson(boolean yes) {
        json = yes;
    }

    boolean isJson() {
        return json;
    }

    void setVerbosity(Verbosity newVerbosity) {
        verbosity = newVerbosity;
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    /** Returns stdout for bytes. Unlike the other methods, it reports that they could not be written. */
    OutputStream bytes() {
        return bytes;
    }

    ShutdownHandler shutdown() {
        return shutdown;
    }

    static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }

    /** Prints a line of the result. With {@code --json} it prints nothing: the JSON result has the same content. */
    synchronized void println(String line) {
        if (!json) {
            clearProgress();
            out.println(safe(line));
        }
    }

    /** Prints text of the program itself as it is. With {@code --json} it prints nothing. */
    synchronized void printText(String text) {
        if (!json) {
            out.print(text);
            out.flush();
        }
    }

    /** Prints the result of a successful command, if it is JSON. */
    synchronized void printResult(ObjectNode members) {
        if (json) {
            ObjectNode line = object();
            line.put("type", "result").put("ok", true).setAll(members);
            printLastJson(line);
        }
    }

    /** Prints the advice of the last job: as lines, and as the member {@code advice} of a JSON result. */
    void printAdvice(ObjectNode members) {
        advice.forEach(this::println);
        if (!advice.isEmpty()) {
            Json.strings(members, "advice", advice);
        }
    }

    /** Warns about a restore that was interrupted and not recovered, and adds it to a JSON result. */
    void warnOfOpenRestore(BackupManager manager, ObjectNode members) {
        String open;
        try {
            open = manager.openRestore();
        } catch (BackupException e) {
            open = e.detail();
        }
        if (open != null) {
            warn(open + ". Unless that restore is still running, run ngbak recover.");
            members.put("open_restore", open);
        }
    }

    private synchronized void warn(String message) {
        startLine();
        err.println("WARN: " + safe(message));
    }

    /** Reports a failure and returns its exit code. */
    int fail(Throwable failure) {
        return fail(failure, object());
    }

    /** Reports a failure with additional members of the JSON result, and returns its exit code. */
    int fail(Throwable failure, ObjectNode members) {
        BackupException e = failure instanceof BackupException explained
                ? explained
                : new BackupException(
                        BackupException.Kind.INTERNAL,
                        "An unexpected error occurred, which is a defect in ngbak",
                        "Run the command again with NGBAK_DEBUG=1, and report its output",
                        failure);
        return fail(e, members, ExitCode.of(e.kind()));
    }

    /** Reports a failure with an exit code that does not follow from its kind. */
    synchronized int fail(BackupException e, ObjectNode members, int code) {
        startLine();
        err.println("ngbak: " + safe(e.detail()) + ".");
        if (!e.remedy().isEmpty()) {
            err.println("  " + safe(e.remedy()) + ".");
        }
        if (System.getenv("NGBAK_DEBUG") != null) {
            e.printStackTrace(err);
        }
        if (json) {
            ObjectNode line = object();
            line.put("type", "result")
                    .put("ok", false)
                    .put("exit_code", code)
                    .put("error", e.detail())
                    .put("remedy", e.remedy())
                    .setAll(members);
            printLastJson(line);
        }
        return code;
    }

    /** Reports that a signal was received. */
    synchronized void reportInterrupt(boolean cancelled) {
        startLine();
        err.println(
                cancelled
                        ? "Interrupted: stopping and cleaning up."
                        : "Interrupted, but stopping now would leave the stores partly replaced. Continuing to the end.");
    }

    /**
     * Asks a question. Only the given word is a yes; no input is a no.
     *
     * @throws CancellationException if a signal was received before an answer
     */
    boolean confirm(String question, String word) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        synchronized (this) {
            clearProgress();
            err.print(safe(question) + " Type " + word + " to continue: ");
            err.flush();
            asking = true;
        }
        shutdown.questionAsked(answer);
        // A thread that waits for input cannot be interrupted.
        Thread reader = new Thread(() -> readLine(answer), "ngbak-answer");
        reader.setDaemon(true);
        reader.start();
        String typed = null;
        try {
            typed = answer.join();
            return typed != null && typed.strip().equals(word);
        } finally {
            synchronized (this) {
                if (typed == null) {
                    startLine();
                }
                asking = false;
            }
        }
    }

    private void readLine(CompletableFuture<String> answer) {
        try {
            answer.complete(in.readLine());
        } catch (IOException e) {
            answer.complete(null); // the terminal was closed
        }
    }

    /** Runs a call of the engine that changes nothing, and shows its progress and log. */
    <T> T runReading(Function<Job, T> call) {
        return run(call, true);
    }

    /** Runs a call of the engine that changes something, and shows its progress and log. */
    <T> T runChanging(Function<Job, T> call) {
        return run(call, false);
    }

    private <T> T run(Function<Job, T> call, boolean readOnly) {
        JobDisplay display = new JobDisplay(this, readOnly);
        Job job = new Job(display::logged, display::phaseBegan);
        display.started(job);
        try {
            return call.apply(job);
        } finally {
            display.finished(job);
        }
    }

    /** Runs a job that is recorded in the state directory, and shows its progress and log. */
    <T> T run(BackupManager manager, JobDefinition<T> definition) {
        boolean readOnly = definition.type().equals(JobDefinition.VERIFY);
        return new JobRunner(manager.state(), manager.repository(), new JobDisplay(this, readOnly)).run(definition);
    }

    /** Returns the time between two lines of progress, or 0 for none. */
    long progressMillis() {
        if (verbosity == Verbosity.QUIET) {
            return 0;
        }
        return live ? 250 : json ? 1_000 : verbosity == Verbosity.VERBOSE ? 5_000 : 30_000;
    }

    /** Ends the display of a job. */
    synchronized void jobFinished(Job job) {
        clearProgress();
        advice = job.advice();
    }

    /** Shows a line of the log of a job. */
    synchronized void log(Job.Line line) {
        if (verbosity == Verbosity.QUIET && line.level() == Job.Level.INFO) {
            return;
        }
        clearProgress();
        if (json) {
            printJson(object().put("type", "log")
                    .put("at", line.at().toString())
                    .put("level", line.level().name().toLowerCase(Locale.ROOT))
                    .put("message", line.message()));
        } else {
            err.println(time(line.at())
                    + (line.level() == Job.Level.INFO ? "" : line.level() + ": ")
                    + safe(line.message()));
        }
    }

    /** Shows that a phase of a job begins. */
    synchronized void showPhase(Job job) {
        if (verbosity == Verbosity.VERBOSE && !json) {
            clearProgress();
            err.println(time(Instant.now()) + "Phase: " + job.phaseLabel());
        }
    }

    /** Returns the time in front of a line, for those who asked for details. */
    private String time(Instant at) {
        return verbosity == Verbosity.VERBOSE ? at.truncatedTo(ChronoUnit.MILLIS) + " " : "";
    }

    /** Shows the progress of a job. */
    synchronized void showProgress(Job job, ProgressLine line) {
        if (asking) {
            return; // the question stays the last line until it is answered
        }
        if (json) {
            printJson(Format.progressJson(job));
            return;
        }
        if (live && width == null) {
            width = TerminalWidth.ofStderr(); // not earlier, because most commands end before
        }
        String text = line.text(
                job.phaseLabel(), job.progress(), System.nanoTime(), live ? width.columns() : Integer.MAX_VALUE);
        if (live) {
            err.print(CLEAR_LINE + width.truncate(text));
            err.flush();
            progressShown = true;
        } else {
            err.println(text);
        }
    }

    /** Moves below a question that was not answered, or removes the progress. */
    private void startLine() {
        clearProgress();
        if (asking) {
            err.println();
            asking = false;
        }
    }

    private void clearProgress() {
        if (progressShown) {
            err.print(CLEAR_LINE);
            err.flush();
            progressShown = false;
        }
    }

    /** Prints the result, of which there is only one even if a signal is received while it is printed. */
    private void printLastJson(ObjectNode line) {
        if (!resultPrinted) {
            printJson(line);
            resultPrinted = true;
        }
    }

    private void printJson(ObjectNode line) {
        if (!resultPrinted) {
            out.println(line);
        }
    }

    /** Names and notes come from archives, so control characters are removed before they reach the terminal. */
    private static String safe(String text) {
        return CONTROL_CHARACTERS.matcher(text).replaceAll("?");
    }
}
