package dev.ngbak.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.Jobs;
import dev.ngbak.jobs.Json;
import dev.ngbak.jobs.Work;
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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
    private boolean json;
    private boolean barShown;
    private volatile BooleanSupplier running;
    private volatile BooleanSupplier replacing = () -> false;
    private volatile boolean asking;
    private volatile boolean interrupted;
    private List<String> advice = List.of();

    /** @param live whether stderr is a terminal, where a line can be written over */
    Terminal(PrintStream out, PrintStream err, InputStream in, boolean live) {
        this.out = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.live = live;
    }

    /** The launcher looks whether stderr is a terminal; Java 17 itself cannot. */
    static Terminal ofProcess() {
        return new Terminal(System.out, System.err, System.in, Boolean.getBoolean("ngbak.terminal"));
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
            printJson(line);
        }
    }

    /** Passes on what the last job advises people to do: as lines, and as the member {@code advice} of a JSON result. */
    void advise(ObjectNode members) {
        advice.forEach(this::say);
        if (!advice.isEmpty()) {
            Json.strings(members, "advice", advice);
        }
    }

    /** Says what went wrong and gives the exit code for it. */
    int fail(Exception failure) {
        return fail(failure, MAPPER.createObjectNode());
    }

    /** The same, with what is known all the same as members of the JSON result. */
    int fail(Exception failure, ObjectNode known) {
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
        clearBar();
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
            printJson(line);
        }
        return code;
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Asks a question; only the given word, typed out, is a yes. Without anybody to answer it is a no. */
    boolean confirm(String question, String word) {
        synchronized (this) {
            clearBar();
            err.print(safe(question) + " Type " + word + " to go on: ");
            err.flush();
        }
        asking = true;
        try {
            String answer = in.readLine();
            if (answer == null) {
                err.println();
            }
            return answer != null && answer.strip().equals(word);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            asking = false;
        }
    }

    /** Whether somebody is being asked, before anything was changed. */
    boolean isAsking() {
        return asking;
    }

    /** Runs the engine's call with a job whose progress and log are shown while it runs. */
    <T> T watch(Function<Job, T> call) {
        return watch(new Job(this::log), call);
    }

    /** The same for a job that the dashboard of this archive folder shows too. */
    <T> T watch(BackupManager manager, Work<T> work) {
        return new Jobs(manager.workFolder()).run(work.watchedBy(this::watch), this::log);
    }

    private <T> T watch(Job job, Function<Job, T> call) {
        running = job::cancel;
        replacing = job::isReplacing;
        ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ngbak-progress");
            thread.setDaemon(true);
            return thread;
        });
        long start = System.nanoTime();
        long period = live ? 250 : json ? 1_000 : 30_000;
        ticker.scheduleAtFixedRate(() -> showProgress(job, start), period, period, TimeUnit.MILLISECONDS);
        try {
            T result = call.apply(job);
            advice = job.advice();
            return result;
        } finally {
            ticker.shutdownNow();
            running = null;
            replacing = () -> false;
            synchronized (this) {
                clearBar();
            }
        }
    }

    /** Whether data is being replaced or put back, which must come to its end. */
    boolean isReplacing() {
        return replacing.getAsBoolean();
    }

    /** What an interruption does from now on, until the process has ended. */
    void onInterruption(Runnable stop) {
        running = () -> {
            stop.run();
            return true;
        };
        if (interrupted) {
            stop.run();
        }
    }

    /** Cancels what is running; false when nothing is, or when it must go on to its end. */
    boolean cancelJob() {
        interrupted = true;
        BooleanSupplier stop = running;
        if (stop == null) {
            return true;
        }
        boolean cancelled = stop.getAsBoolean();
        synchronized (this) {
            clearBar();
            err.println(
                    cancelled
                            ? "Interrupted: stopping, and cleaning up."
                            : "Interrupted, but stopping now would leave the stores half replaced: going on to the end.");
        }
        return cancelled;
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
        Map<Role, Job.StoreProgress> stores = job.progress();
        if (json) {
            ObjectNode line = MAPPER.createObjectNode();
            line.put("type", "progress").put("phase", job.phase());
            ObjectNode members = line.putObject("stores");
            stores.forEach((role, progress) -> members.putObject(role.member())
                    .put("current", progress.current())
                    .put("total", progress.total() < 0 ? null : progress.total())
                    .put("unit", progress.unit()));
            printJson(line);
            return;
        }
        StringBuilder text = new StringBuilder(job.phase());
        stores.forEach((role, progress) -> {
            if (progress.current() > 0 || progress.total() > 0) {
                text.append("  ").append(role.member()).append(' ').append(shown(progress));
            }
        });
        text.append("  ").append(Sizes.seconds(System.nanoTime() - start));
        if (live) {
            err.print("\r\u001b[K" + text);
            err.flush();
            barShown = true;
        } else {
            err.println(text);
        }
    }

    private static String shown(Job.StoreProgress progress) {
        boolean bytes = progress.unit().equals("bytes");
        String done = bytes ? Sizes.of(progress.current()) : progress.current() + " " + progress.unit();
        if (progress.total() <= 0) {
            return done;
        }
        // 100 % is said when it is done, not before.
        long percent = Math.min(99, 100 * progress.current() / progress.total());
        return percent + " % of " + (bytes ? Sizes.of(progress.total()) : progress.total() + " " + progress.unit());
    }

    private void clearBar() {
        if (barShown) {
            err.print("\r\u001b[K");
            err.flush();
            barShown = false;
        }
    }

    private void printJson(ObjectNode line) {
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
