package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One run of the engine, as seen from outside: how far it is, what it says, and the way to stop it. The engine's threads
 * write to it; any thread may read it or cancel it. A job is used for one call; a second one throws {@link
 * IllegalStateException}, whether or not the first has succeeded.
 */
public final class Job {

    /** How much a line of the log matters. */
    public enum Level {
        INFO,
        WARN,
        ERROR
    }

    /** One line of the log: a whole sentence for a person. */
    public record Line(Instant at, Level level, String message) {}

    /**
     * How far one store is.
     *
     * @param total the whole amount, or -1 while it is not known
     * @param unit what is counted
     */
    public record StoreProgress(long current, long total, String unit) {}

    private static final class Counter implements Progress {
        private final Job job;
        private final AtomicLong current = new AtomicLong();
        private volatile long total = -1;
        private volatile String unit = "";

        Counter(Job job) {
            this.job = job;
        }

        @Override
        public void expect(long total, String unit) {
            this.total = total;
            this.unit = unit;
            job.checkCancelled();
        }

        @Override
        public void advance(long amount) {
            current.addAndGet(amount);
            job.checkCancelled();
        }
    }

    private final String id = UUID.randomUUID().toString();
    private final Consumer<Line> log;
    private final Runnable onPhase;
    private final Map<Role, Counter> counters = new EnumMap<>(Role.class);
    private final Set<Role> failed = Collections.synchronizedSet(EnumSet.noneOf(Role.class));
    private final List<Runnable> onCancel = new ArrayList<>();
    private final Set<String> advice = Collections.synchronizedSet(new LinkedHashSet<>());
    private final Map<String, Long> nanosOfPhases = new LinkedHashMap<>();
    private volatile String phase = "pending";
    private long phaseStart;
    private final LongAdder activity = new LongAdder();
    private volatile boolean cancelled;
    private volatile boolean shielded;
    private boolean cancellable = true;
    private final AtomicBoolean claimed = new AtomicBoolean();

    /** A job that nobody listens to. */
    public Job() {
        this(line -> {});
    }

    /** @param log called for each line, from the engine's threads, one at a time */
    public Job(Consumer<Line> log) {
        this(log, () -> {});
    }

    /**
     * @param onPhase called whenever a phase begins, in the engine's thread; the first time when the job has got all it
     *     must have to itself, so what fails before that has not begun
     */
    public Job(Consumer<Line> log, Runnable onPhase) {
        this.log = Objects.requireNonNull(log, "log");
        this.onPhase = Objects.requireNonNull(onPhase, "onPhase");
    }

    public String id() {
        return id;
    }

    /** What is being done, in a word or two. */
    public String phase() {
        return phase;
    }

    /** How far each store is in this phase; only those that are part of it. */
    public Map<Role, StoreProgress> progress() {
        Map<Role, StoreProgress> progress = new EnumMap<>(Role.class);
        synchronized (counters) {
            counters.forEach((role, counter) ->
                    progress.put(role, new StoreProgress(counter.current.get(), counter.total, counter.unit)));
        }
        return progress;
    }

    /** Returns the stores that failed in this job. */
    public Set<Role> failedStores() {
        synchronized (failed) {
            return Set.copyOf(failed);
        }
    }

    /**
     * Tells people what to do now that stores hold other data than before, in whole sentences without repetition. Complete
     * when the call that used this job has returned.
     */
    public List<String> advice() {
        synchronized (advice) {
            return List.copyOf(advice);
        }
    }

    /**
     * Stops the job as soon as it can be stopped without harm.
     *
     * @return false when it is too late: the job goes on to its end
     */
    public boolean cancel() {
        List<Runnable> toAbort;
        synchronized (onCancel) {
            if (!cancellable) {
                return false;
            }
            cancelled = true;
            toAbort = List.copyOf(onCancel);
        }
        toAbort.forEach(Runnable::run);
        return true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** Whether data is being replaced, or what was replaced is being put back: it must come to its end, or be recovered. */
    public boolean isReplacing() {
        return shielded || phase.equals("restoring");
    }

    /** Takes the job for one call. */
    void claim() {
        if (!claimed.compareAndSet(false, true)) {
            throw new IllegalStateException("This job was used for another call: use a new Job for each");
        }
    }

    /**
     * Returns a number that grows as long as the engine gets on with the job, also where it counts no records, as in files
     * that are carried as they are. A number that stays the same for long means that the job hangs.
     */
    public long activity() {
        return activity.sum();
    }

    void checkCancelled() {
        activity.increment();
        if (cancelled && !shielded) {
            throw new CancellationException("the job was cancelled");
        }
    }

    /** From here on the job cannot be cancelled. Throws when it was already. */
    void commit() {
        synchronized (onCancel) {
            checkCancelled();
            cancellable = false;
        }
    }

    /** From here on the job puts things in order, and neither an earlier cancel nor a later one stops it. */
    void shield() {
        synchronized (onCancel) {
            cancellable = false;
            shielded = true;
            onCancel.clear();
        }
    }

    /** What was out of order is settled: the job goes on to what it was begun for, and can be cancelled again. */
    void unshield() {
        synchronized (onCancel) {
            cancellable = true;
            shielded = false;
        }
    }

    /** What to do, in the canceller's thread, to make a blocked call return. */
    void onCancel(Runnable abort) {
        boolean now;
        synchronized (onCancel) {
            onCancel.add(abort);
            now = cancelled && !shielded;
        }
        if (now) {
            abort.run();
        }
    }

    void begin(String newPhase) {
        checkCancelled();
        synchronized (counters) {
            counters.clear();
        }
        clock();
        phase = newPhase;
        onPhase.run();
    }

    void end() {
        synchronized (counters) {
            counters.clear();
        }
        clock();
        if (nanosOfPhases.size() > 1) {
            long all =
                    nanosOfPhases.values().stream().mapToLong(Long::longValue).sum();
            info("It took " + Sizes.seconds(all) + ": "
                    + nanosOfPhases.entrySet().stream()
                            .map(step -> step.getKey() + " " + Sizes.seconds(step.getValue()))
                            .collect(Collectors.joining(", "))
                    + ".");
        }
        phase = "done";
    }

    /** Adds the time since the phase began to its own. */
    private void clock() {
        long now = System.nanoTime();
        if (!phase.equals("pending")) {
            nanosOfPhases.merge(phase.replaceFirst(": .*", ""), now - phaseStart, Long::sum);
        }
        phaseStart = now;
    }

    Progress progress(Role role) {
        synchronized (counters) {
            return counters.computeIfAbsent(role, any -> new Counter(this));
        }
    }

    void advise(Collection<String> sentences) {
        advice.addAll(sentences);
    }

    /** Records how the job failed. */
    void fail(BackupException failure) {
        failure.role().ifPresent(failed::add);
        for (Throwable other : failure.getSuppressed()) {
            if (other instanceof BackupException e) {
                e.role().ifPresent(failed::add);
            }
        }
    }

    void info(String message) {
        say(Level.INFO, message);
    }

    void warn(String message) {
        say(Level.WARN, message);
    }

    private void say(Level level, String message) {
        Line line = new Line(Instant.now(), level, message);
        synchronized (log) {
            log.accept(line);
        }
    }
}
