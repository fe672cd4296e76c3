package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of the engine, seen from outside: its phase, its progress, its log, and the means to cancel it. Any thread may read
 * or cancel it. A job serves one call; another call with the same job throws {@link IllegalStateException}.
 */
public final class Job {

    /** The importance of a line of the log. */
    public enum Level {
        INFO,
        WARN,
        ERROR
    }

    /** A line of the log: a whole sentence. */
    public record Line(Instant at, Level level, String message) implements JobEvent {
        @Override
        public String toString() {
            return level == Level.INFO ? message : level + ": " + message;
        }
    }

    /**
     * The progress of one store in the current phase.
     *
     * @param total the whole amount, or -1 if it is not known
     * @param unit the plural of what is counted, such as {@code records}
     */
    public record StoreProgress(long current, long total, String unit) {}

    private final String id = UUID.randomUUID().toString();
    private final Consumer<Line> log;
    private final Runnable onPhase;
    private final Optional<ListenerThread> listener;
    private final Cancellation cancellation = new Cancellation();
    private final ProgressCounters progress = new ProgressCounters(this::checkCancelled);
    private final PhaseClock clock = new PhaseClock();
    private final LongAdder activity = new LongAdder();
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final Set<Role> failed = Collections.synchronizedSet(EnumSet.noneOf(Role.class));
    private final Set<String> advice = Collections.synchronizedSet(new LinkedHashSet<>());
    private volatile Phase phase = Phase.PENDING;
    private volatile @Nullable Phase detail;

    /** Creates a job without a listener. */
    public Job() {
        this(line -> {});
    }

    /** @param log called for each line, from the engine's threads, one at a time */
    public Job(Consumer<Line> log) {
        this(log, () -> {});
    }

    /** @param onPhase called in the engine's thread whenever a phase begins; the first one begins when the job has its locks */
    public Job(Consumer<Line> log, Runnable onPhase) {
        this.log = Objects.requireNonNull(log, "log");
        this.onPhase = Objects.requireNonNull(onPhase, "onPhase");
        this.listener = Optional.empty();
    }

    private Job(ListenerThread thread) {
        this.log = thread::post;
        this.onPhase = () -> thread.post(new JobEvent.PhaseStarted(phase, phaseLabel()));
        this.listener = Optional.of(thread);
    }

    /** Creates a job with a listener, for the calls of the engine that take a job. */
    public static Job heardBy(JobListener listener) {
        return new Job(new ListenerThread(Objects.requireNonNull(listener, "listener")));
    }

    public String id() {
        return id;
    }

    public Phase phase() {
        return phase;
    }

    /** Returns the label of the phase. That of {@link Phase#SAVING} includes the phase of the safety archive. */
    public String phaseLabel() {
        Phase part = detail;
        return part == null ? phase.label() : phase.label() + ": " + part.label();
    }

    /** Returns the progress of the stores that take part in the current phase. */
    public Map<Role, StoreProgress> progress() {
        return progress.snapshot();
    }

    /** Returns the stores that failed in this job. */
    public Set<Role> failedStores() {
        synchronized (failed) {
            return Set.copyOf(failed);
        }
    }

    /**
     * Returns advice for users about the stores that now contain other data: distinct whole sentences. Complete when
     * the call that used this job has returned.
     */
    public List<String> advice() {
        synchronized (advice) {
            return List.copyOf(advice);
        }
    }

    /**
     * Cancels the job. It stops as soon as it can do so safely.
     *
     * @return false if it is too late and the job will run to its end
     */
    public boolean cancel() {
        return cancellation.request();
    }

    public boolean isCancelled() {
        return cancellation.isRequested();
    }

    /** Returns whether the job is replacing data or rolling back. If it is killed now, a recovery has to follow. */
    public boolean isReplacing() {
        return cancellation.isDisallowed() || phase == Phase.RESTORING;
    }

    /**
     * Returns a number that grows while the engine makes progress, even when it counts no records. A job whose number
     * stays the same for a long time is stuck.
     */
    public long activity() {
        return activity.sum();
    }

    /** Returns whether the job was cancelled and stops for that reason. */
    boolean isStopping() {
        return cancellation.isRequested() && !cancellation.isDisallowed();
    }

    /** Claims the job for one call. */
    void claim() {
        if (!claimed.compareAndSet(false, true)) {
            throw new IllegalStateException("This job was used for another call: use a new Job for each call");
        }
        listener.ifPresent(thread -> thread.start(this::progress));
    }

    /** Waits until the listener, if there is one, has heard of everything. */
    void endListening() {
        listener.ifPresent(ListenerThread::close);
    }

    void checkCancelled() {
        activity.increment();
        cancellation.check();
    }

    /** Makes it impossible to cancel the job from here on. Throws if it was cancelled before. */
    void pointOfNoReturn() {
        cancellation.pointOfNoReturn();
    }

    /**
     * Makes it impossible to cancel the job from here on, and ignores an earlier cancellation, because the job has to
     * repair something.
     */
    void disallowCancel() {
        cancellation.disallow();
    }

    void allowCancel() {
        cancellation.allow();
    }

    /** Registers an action that makes a blocked call return. It runs in the thread that cancels the job. */
    void onCancel(Runnable abort) {
        cancellation.onRequest(abort);
    }

    void begin(Phase newPhase) {
        begin(newPhase, null);
    }

    /** @param newDetail the phase of the safety archive, or {@code null} */
    void begin(Phase newPhase, Phase newDetail) {
        checkCancelled();
        clearProgress();
        clock.start(newPhase);
        phase = newPhase;
        detail = newDetail;
        onPhase.run();
    }

    void end() {
        clearProgress();
        clock.start(Phase.DONE);
        String times = clock.summary();
        if (!times.isEmpty()) {
            info(times);
        }
        phase = Phase.DONE;
        detail = null;
    }

    private void clearProgress() {
        listener.ifPresent(ListenerThread::endPhase);
        progress.clear();
    }

    Progress progress(Role role) {
        return progress.of(role);
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
        log(Level.INFO, message);
    }

    void warn(String message) {
        log(Level.WARN, message);
    }

    private void log(Level level, String message) {
        Line line = new Line(Instant.now(), level, message);
        synchronized (log) {
            log.accept(line);
        }
    }
}
