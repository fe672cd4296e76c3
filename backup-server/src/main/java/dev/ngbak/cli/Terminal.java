package dev.ngbak.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a command says: results to stdout, progress and diagnostics to stderr; with {@code --json}, JSON lines alone to
 * stdout, the last of them the result.
 */
final class Terminal {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]");

    private final PrintWriter out;
    private final PrintWriter err;
    private final BufferedReader in;
    private final boolean live;
    private final ShutdownHandler interruption;
    private boolean json;
    private boolean barShown;
    private boolean over;
    private boolean asking;
    private List<String> advice = List.of();
    private TerminalWidth columns;

    /** @param live whether stderr is a terminal, where a line can be written over */
    private Terminal(PrintStream out, PrintStream err, InputStream in, boolean live, ShutdownHandler interruption) {
        this.out = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.live = live;
        this.interruption = interruption;
    }

    /** The launcher looks whether stderr is a terminal; Java 17 itself cannot. */
    static Terminal ofProcess(ShutdownHandler interruption) {
        return new Terminal(System.out, System.err, System.in, Boolean.getBoolean("ngbak.terminal"), interruption);
    }

    void useJson(boolean yes) {
        json = yes;
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    /** A line of the result, for people; nothing with {@code --json}, where the result says it all. */
    synchronized void say(String line) {
        if (!json) {
            clearBar();
            out.println(safe(line));
        }
    }

    /** The last line of {@code --json}; nothing without it. */
    synchronized void result(ObjectNode members) {
        if (json) {
            ObjectNode line = MAPPER.createObjectNode();
            line.put("type", "result").put("ok", true).setAll(members);
            printResult(line);
        }
    }

    /** Passes on what the last job advises people to do: as lines, and as the member {@code advice} of a JSON result. */
    void advise(ObjectNode members) {
        advice.forEach(this::say);
        if (!advice.isEmpty()) {
            Json.strings(members, "advice", advice);
        }
    }

    /**
     * Warns where a restore on this archive folder is not settled.
     *
     * @param members of the JSON result, which say so too
     */
    void warnOfOpenRestore(BackupManager manager, ObjectNode members) {
        String open;
        try {
            open = manager.openRestore();
        } catch (BackupException e) {
            open = e.problem();
        }
        if (open != null) {
            warn(open + ". Unless that restore is running now, run ngbak recover.");
            members.put("open_restore", open);
        }
    }

    private synchronized void warn(String message) {
        startLine();
        err.println("WARN: " + safe(message));
    }

    /** Says what went wrong and gives the exit code for it. */
    int fail(Throwable failure) {
        return fail(failure, MAPPER.createObjectNode());
    }

    /** The same, with what is known all the same as members of the JSON result. */
    int fail(Throwable failure, ObjectNode known) {
        BackupException e = failure instanceof BackupException explained
                ? explained
                : new BackupException(
                        BackupException.Kind.INTERNAL,
                        "An unexpected failure, which is a defect of this program",
                        "Run it again with NGBAK_DEBUG=1 and report what it prints",
                        failure);
        return fail(e, known, ExitCode.of(e.kind()));
    }

    /** The same, with another exit code than that of the exception's kind. */
    synchronized int fail(BackupException e, ObjectNode known, int code) {
        startLine();
        err.println("ngbak: " + safe(e.problem()) + ".");
        if (!e.remedy().isEmpty()) {
            err.println("  " + safe(e.remedy()) + ".");
        }
        if (System.getenv("NGBAK_DEBUG") != null) {
            e.printStackTrace(err);
        }
        if (json) {
            ObjectNode line = MAPPER.createObjectNode();
            line.put("type", "result")
                    .put("ok", false)
                    .put("exit_code", code)
                    .put("error", e.problem())
                    .put("remedy", e.remedy())
                    .setAll(known);
            printResult(line);
        }
        return code;
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Asks a question; only the given word, typed out, is a yes. Without anybody to answer it is a no.
     *
     * @throws CancellationException when a signal came instead of an answer
     */
    boolean confirm(String question, String word) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        synchronized (this) {
            clearBar();
            err.print(safe(question) + " Type " + word + " to go on: ");
            err.flush();
            asking = true;
        }
        interruption.asking(answer);
        // A thread that waits for input cannot be interrupted.
        Thread reader = new Thread(() -> read(answer), "ngbak-answer");
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

    private void read(CompletableFuture<String> answer) {
        try {
            answer.complete(in.readLine());
        } catch (IOException e) {
            answer.complete(null); // the terminal is gone
        }
    }

    /** The state of a command, for the handler of signals. */
    ShutdownHandler interruption() {
        return interruption;
    }

    /** Runs a call of the engine that changes nothing, with a job whose progress and log are shown while it runs. */
    <T> T read(Function<Job, T> call) {
        return watch(new Job(this::log), true, call);
    }

    /** The same for a call that changes something. */
    <T> T change(Function<Job, T> call) {
        return watch(new Job(this::log), false, call);
    }

    /** The same for a job that the dashboard of this archive folder shows too. */
    <T> T watch(BackupManager manager, JobDefinition<T> work) {
        boolean onlyReads = work.type().equals("verify");
        return new JobRunner(manager.workFolder())
                .run(work.watchedBy((job, call) -> watch(job, onlyReads, call)), this::log);
    }

    private <T> T watch(Job job, boolean onlyReads, Function<Job, T> call) {
        ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ngbak-progress");
            thread.setDaemon(true);
            return thread;
        });
        long start = System.nanoTime();
        long period = live ? 250 : json ? 1_000 : 30_000;
        ticker.scheduleAtFixedRate(() -> showProgress(job, start), period, period, TimeUnit.MILLISECONDS);
        interruption.begin(job, onlyReads);
        try {
            T result = call.apply(job);
            advice = job.advice();
            return result;
        } finally {
            interruption.end();
            ticker.shutdownNow();
            synchronized (this) {
                clearBar();
            }
        }
    }

    /** Says that a signal came, and whether the job is cancelled. */
    synchronized void interrupted(boolean cancelled) {
        startLine();
        err.println(
                cancelled
                        ? "Interrupted: stopping, and cleaning up."
                        : "Interrupted, but stopping now would leave the stores half replaced: going on to the end.");
    }

    private synchronized void log(Job.Line line) {
        clearBar();
        if (json) {
            printJson(MAPPER.createObjectNode()
                    .put("type", "log")
                    .put("at", line.at().toString())
                    .put("level", line.level().name().toLowerCase(Locale.ROOT))
                    .put("message", line.message()));
        } else {
            err.println((line.level() == Job.Level.INFO ? "" : line.level() + ": ") + safe(line.message()));
        }
    }

    private synchronized void showProgress(Job job, long start) {
        if (asking) {
            return; // the question stays the last line until it is answered
        }
        Map<Role, Job.StoreProgress> stores = job.progress();
        if (json) {
            ObjectNode line = MAPPER.createObjectNode();
            line.put("type", "progress").put("phase", job.phase());
            ObjectNode members = line.putObject("stores");
            stores.forEach((role, progress) -> members.putObject(role.id())
                    .put("current", progress.current())
                    .put("total", progress.total() < 0 ? null : progress.total())
                    .put("unit", progress.unit()));
            printJson(line);
            return;
        }
        StringBuilder text = new StringBuilder(job.phase());
        stores.forEach((role, progress) -> {
            if (progress.current() > 0 || progress.total() > 0) {
                text.append("  ").append(role.id()).append(' ').append(shown(progress));
            }
        });
        text.append("  ").append(Sizes.seconds(System.nanoTime() - start));
        if (live) {
            if (columns == null) {
                columns = TerminalWidth.ofStderr(); // only now, since most commands are over before
            }
            err.print("\r\u001b[K" + columns.fit(text.toString()));
            err.flush();
            barShown = true;
        } else {
            err.println(text);
        }
    }

    private static String shown(Job.StoreProgress progress) {
        boolean bytes = progress.unit().equals("bytes");
        String done = bytes ? Sizes.of(progress.current()) : Sizes.count(progress.current(), progress.unit());
        if (progress.total() <= 0) {
            return done;
        }
        // 100 % is said when it is done, not before.
        long percent = Math.min(99, 100 * progress.current() / progress.total());
        return percent + " % of "
                + (bytes ? Sizes.of(progress.total()) : Sizes.count(progress.total(), progress.unit()));
    }

    /** Below a question that got no answer, and over the progress. */
    private void startLine() {
        clearBar();
        if (asking) {
            err.println();
            asking = false;
        }
    }

    private void clearBar() {
        if (barShown) {
            err.print("\r\u001b[K");
            err.flush();
            barShown = false;
        }
    }

    /** There is one result, also where a signal comes while it is printed. */
    private void printResult(ObjectNode line) {
        if (!over) {
            printJson(line);
            over = true;
        }
    }

    private void printJson(ObjectNode line) {
        if (over) {
            return;
        }
        try {
            out.println(MAPPER.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names and notes come from archives: nothing in them may steer the terminal. */
    private static String safe(String text) {
        return CONTROLS.matcher(text).replaceAll("?");
    }
}
