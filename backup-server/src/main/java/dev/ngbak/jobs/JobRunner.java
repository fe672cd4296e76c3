package dev.ngbak.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The jobs of one archive folder, of all processes that work on it: a small JSON file for each in {@code .ngbak/jobs},
 * replaced as a whole whenever something changes. A job is kept once it has begun, which is when it holds all that it
 * must have to itself; what is refused before that is an answer, not a job. One that its process did not live to end is
 * {@code failed} for whoever looks next.
 */
public final class JobRunner {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final int KEPT = 100;
    private static final int LINES = 1_000;
    /** How long a caller waits to be told that the job has begun, or why it has not. */
    private static final long BEGIN_SECONDS = 3;
    /** A job that runs is written at least so often, so that other hosts see that it does. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(20);

    private static final Duration PRESUMED_DEAD = Duration.ofSeconds(90);

    private final Path folder;
    private final JobStore records;
    private final Process self = Process.self();
    /** Those of this process that run, or whose end is not yet on the disk. */
    private final Map<String, Live> mine = new ConcurrentHashMap<>();

    private final Map<String, Stored> cache = new ConcurrentHashMap<>();
    private final BiConsumer<ObjectNode, Job> onEnd;
    private Live running;
    private boolean stopping;

    /** @param workFolder of the archive folder; where it is missing, nothing is kept */
    public JobRunner(Path workFolder) {
        this(workFolder, (ended, job) -> {});
    }

    /** @param onEnd called with each job of this process that has ended */
    public JobRunner(Path workFolder, BiConsumer<ObjectNode, Job> onEnd) {
        this.folder = workFolder.resolve("jobs");
        this.records = new JobStore(folder);
        this.onEnd = onEnd;
    }

    /** Does the work in the calling thread. */
    public <T> T run(JobDefinition<T> work, Consumer<Job.Line> listener) {
        return begin(work, listener).execute(work);
    }

    /**
     * Does the work in a thread of its own.
     *
     * @return the job, once it has begun
     * @throws BackupException {@code BUSY} while another runs, and whatever else keeps the job from beginning
     */
    public ObjectNode start(JobDefinition<?> work) {
        Live live = begin(work, line -> {});
        Thread thread = new Thread(() -> live.executeAlone(work), "ngbak-" + work.type());
        thread.setDaemon(true);
        thread.start();
        return live.begun();
    }

    private synchronized Live begin(JobDefinition<?> work, Consumer<Job.Line> listener) {
        if (stopping) {
            throw new BackupException(
                    Kind.BUSY, "The server is being stopped. Nothing was done", "Try again when it has started");
        }
        if (running != null && !running.isOver()) {
            throw new BackupException(
                    Kind.BUSY,
                    "Another job runs: a " + running.type + ", since "
                            + running.createdAt.truncatedTo(ChronoUnit.SECONDS) + ". Nothing was done",
                    "Wait until it has ended, or cancel it");
        }
        running = new Live(work, listener);
        return running;
    }

    private synchronized void ended(Live live) {
        if (running == live) {
            running = null;
        }
    }

    /** The id of the job that keeps others from running, in whichever process; {@code null} when none is known. */
    public String current() {
        Live own;
        synchronized (this) {
            own = running;
        }
        if (own != null && !own.isOver()) {
            return own.job.id();
        }
        return list().stream()
                .filter(job -> isOpen(job) && !job.path("type").asText().equals("verify"))
                .map(job -> job.path("job_id").asText())
                .findFirst()
                .orElse(null);
    }

    /** All that are kept, newest first. The nodes are shared: nobody may change them. */
    public List<ObjectNode> list() {
        Map<String, ObjectNode> jobs = new ConcurrentHashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + JobStore.SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                read(name.substring(0, name.length() - JobStore.SUFFIX.length()))
                        .ifPresent(job -> jobs.put(job.path("job_id").asText(), job));
            }
        } catch (NoSuchFileException e) {
            // no job yet
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // Those of damaged records stay, so that one that cannot be renamed is reported once.
        cache.entrySet().removeIf(entry -> entry.getValue().job() != null && !jobs.containsKey(entry.getKey()));
        mine.forEach((id, live) -> {
            jobs.put(id, live.shown());
            if (live.end.getCount() == 0) {
                live.giveUp(); // its end could not be written before
            }
        });
        List<ObjectNode> sorted = new ArrayList<>(jobs.values());
        sorted.sort(Comparator.comparing(
                        (ObjectNode job) -> Instant.parse(job.path("created_at").asText()))
                .reversed());
        return sorted;
    }

    /** @throws BackupException {@code NOT_FOUND} */
    public ObjectNode get(String id) {
        Live live = mine.get(id);
        if (live != null) {
            return live.shown();
        }
        return read(id).orElseThrow(() ->
                new BackupException(Kind.NOT_FOUND, "There is no such job", "The last " + KEPT + " jobs are kept"));
    }

    /**
     * Stops a job as soon as it can be stopped without harm.
     *
     * @return false when it has ended, cannot be stopped any more, or runs in another process
     * @throws BackupException {@code NOT_FOUND}
     */
    public boolean cancel(String id) {
        ObjectNode job = get(id);
        Live live = mine.get(id);
        return live != null && isOpen(job) && live.job.cancel();
    }

    /**
     * Lets no further job begin, cancels the one that runs and waits for its end.
     *
     * @return false when it had not ended in time
     */
    public boolean stop(Duration patience) throws InterruptedException {
        Live last;
        synchronized (this) {
            stopping = true;
            last = running;
        }
        if (last == null) {
            return true;
        }
        if (!last.job.cancel()) {
            LOG.warn("The {} that runs cannot be stopped any more; waiting for its end.", last.type);
        }
        return last.end.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether a job is still to end. */
    public static boolean isOpen(JsonNode job) {
        String status = job.path("status").asText();
        return status.equals("pending") || status.equals("processing");
    }

    /** @param job {@code null} where the record was damaged */
    private record Stored(Object stamp, ObjectNode job, Process process) {}

    private Optional<ObjectNode> read(String id) {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes attributes = records.attributes(id);
            Object stamp = List.of(attributes.lastModifiedTime(), attributes.size(), "" + attributes.fileKey());
            Stored stored = cache.get(id);
            if (stored == null || !stored.stamp().equals(stamp)) {
                ObjectNode job = records.read(id, attributes);
                stored = new Stored(stamp, job, job == null ? null : Process.of(job.remove("process")));
                cache.put(id, stored);
            }
            if (stored.job() == null) {
                return Optional.empty();
            }
            Instant written = attributes.lastModifiedTime().toInstant();
            return Optional.of(
                    isOpen(stored.job()) && !mine.containsKey(id) && !isAlive(stored.process(), written)
                            ? buried(stored.job(), stored.process(), written)
                            : stored.job());
        } catch (IOException e) {
            return Optional.empty(); // gone since, or not to be read
        }
    }

    private boolean isAlive(Process process, Instant written) {
        if (process == null) {
            return false;
        }
        return process.host().equals(self.host())
                ? process.isAlive(self)
                : written.isAfter(Instant.now().minus(PRESUMED_DEAD));
    }

    /** What is said of a job whose process did not live to say it. */
    private ObjectNode buried(ObjectNode open, Process process, Instant lastSeen) {
        ObjectNode job = open.deepCopy();
        String id = job.path("job_id").asText();
        String backup = job.path("metadata").path("backup_id").asText();
        boolean made = Files.exists(folder.resolve("../../" + backup + ".ngbak"));
        String meaning =
                switch (job.path("type").asText()) {
                    case "backup" ->
                        made
                                ? "The archive " + backup + " was already whole and is in the list"
                                : "No archive was made; what was written of it is removed by the next job";
                    case "verify" -> "Nothing was changed";
                    default ->
                        "If it had begun to replace data, the next start, backup or restore settles that before anything"
                                + " else";
                };
        String what = "The process that ran this job"
                + (process == null ? "" : " (" + process.pid() + " on " + process.host() + ")")
                + " was stopped or died in the phase "
                + job.path("progress").path("phase").asText() + ", last seen "
                + lastSeen.truncatedTo(ChronoUnit.SECONDS)
                + ". " + meaning;
        job.put("status", "failed");
        job.put("completed_at", lastSeen.truncatedTo(ChronoUnit.MILLIS).toString());
        job.put("error", what);
        ((ArrayNode) job.path("log"))
                .add(line(Instant.now().truncatedTo(ChronoUnit.MILLIS), Job.Level.ERROR, what + "."));
        try {
            records.write(id, job);
            LOG.warn("Job {}: {}.", id, what);
        } catch (IOException e) {
            LOG.warn("The end of job {} could not be written: {}", id, e.toString());
        }
        return job;
    }

    private static ObjectNode line(Instant at, Job.Level level, String message) {
        return Json.MAPPER
                .createObjectNode()
                .put("at", at.toString())
                .put("level", level.name().toLowerCase(Locale.ROOT))
                .put("message", message);
    }

    private void prune() throws IOException {
        List<ObjectNode> jobs = list();
        for (ObjectNode old : jobs.subList(Math.min(KEPT, jobs.size()), jobs.size())) {
            if (!isOpen(old)) {
                Files.deleteIfExists(records.file(old.path("job_id").asText()));
            }
        }
        try (DirectoryStream<Path> cutOff = Files.newDirectoryStream(folder, "*.new")) {
            for (Path file : cutOff) {
                if (Files.getLastModifiedTime(file)
                        .toInstant()
                        .isBefore(Instant.now().minus(PRESUMED_DEAD))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            // nothing is kept here, or somebody else was faster
        }
    }

    /** Which process runs a job. Process ids are used again, so the start belongs to it. */
    private record Process(String host, long pid, Instant started) {

        /** The start of another process is known to about a second only. */
        private static final Duration VAGUE = Duration.ofSeconds(5);

        static Process self() {
            String host;
            try {
                host = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                host = "localhost";
            }
            return new Process(host, ProcessHandle.current().pid(), started(ProcessHandle.current()));
        }

        static Process of(JsonNode node) {
            return node == null || node.isNull()
                    ? null
                    : new Process(
                            node.path("host").asText(),
                            node.path("pid").asLong(),
                            Instant.parse(node.path("started").asText()));
        }

        private static Instant started(ProcessHandle process) {
            return process.info().startInstant().orElse(Instant.EPOCH);
        }

        boolean isAlive(Process self) {
            if (pid == self.pid) {
                return started.equals(self.started); // in containers, the first process always has the same id
            }
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .map(process -> Duration.between(started, started(process)).abs())
                    .filter(difference -> difference.compareTo(VAGUE) < 0)
                    .isPresent();
        }

        ObjectNode json() {
            return Json.MAPPER
                    .createObjectNode()
                    .put("host", host)
                    .put("pid", pid)
                    .put("started", started.toString());
        }
    }

    /** A job of this process. */
    private final class Live {
        final String type;
        final Instant createdAt = now();
        final Job job;
        final CountDownLatch end = new CountDownLatch(1);
        private final CountDownLatch begun = new CountDownLatch(1);
        private final Consumer<Job.Line> listener;
        private final ObjectNode metadata;
        private final ArrayNode log = Json.MAPPER.createArrayNode();
        private final Object writing = new Object();
        private String status = "pending";
        private String outcome;
        private Instant startedAt;
        private Instant completedAt;
        private BackupException failure;
        private ObjectNode lastWritten;
        private Instant lastWrittenAt = Instant.EPOCH;

        Live(JobDefinition<?> work, Consumer<Job.Line> listener) {
            this.type = work.type();
            this.metadata = work.metadata().deepCopy();
            this.listener = listener;
            this.job = new Job(this::say, this::begin);
        }

        private static Instant now() {
            return Instant.now().truncatedTo(ChronoUnit.MILLIS);
        }

        <T> T execute(JobDefinition<T> work) {
            ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "ngbak-job-writer");
                thread.setDaemon(true);
                return thread;
            });
            ticker.scheduleWithFixedDelay(this::keepUp, 1, 1, TimeUnit.SECONDS);
            try (MDC.MDCCloseable id = MDC.putCloseable("job_id", job.id())) {
                T result = work.call().apply(job);
                completed(work.success(), result);
                return result;
            } catch (BackupException e) {
                failed(e);
                throw e;
            } catch (RuntimeException | Error e) {
                failed(new BackupException(
                        Kind.INTERNAL,
                        "An unexpected failure, which is a defect of this program",
                        "Please report it with the log",
                        e));
                throw e;
            } finally {
                ticker.shutdownNow();
                if (mine.containsKey(job.id())) {
                    onEnd.accept(shown(), job);
                    giveUp();
                }
                ended(this);
                begun.countDown();
                end.countDown();
            }
        }

        /** In a thread of its own, where what it throws is in the job and of interest to nobody else. */
        void executeAlone(JobDefinition<?> work) {
            try {
                execute(work);
            } catch (RuntimeException e) {
                LOG.debug("The job {} has failed", job.id(), e);
            }
        }

        /** The job as soon as it has begun; throws what kept it from beginning. */
        ObjectNode begun() {
            try {
                if (begun.await(BEGIN_SECONDS, TimeUnit.SECONDS)) {
                    synchronized (this) {
                        if (startedAt == null && failure != null) {
                            throw failure;
                        }
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (end.getCount() > 0) {
                keep();
            }
            return shown();
        }

        private void keep() {
            if (mine.putIfAbsent(job.id(), this) == null) {
                LOG.info(
                        "Job {}: a {} of {} begins.",
                        job.id(),
                        type,
                        metadata.path("backup_id").asText("the stores"));
                keepUp();
                try {
                    prune();
                } catch (IOException | UncheckedIOException e) {
                    LOG.warn("Old job files could not be deleted: {}", e.toString());
                }
            }
        }

        private void begin() {
            synchronized (this) {
                if (startedAt == null) {
                    startedAt = now();
                    status = "processing";
                }
            }
            keep();
            keepUp();
            begun.countDown();
        }

        private void say(Job.Line line) {
            listener.accept(line);
            add(line.level(), line.message());
        }

        private synchronized void add(Job.Level level, String message) {
            if (log.size() == LINES) {
                log.remove(LINES / 2);
            }
            log.add(line(now(), level, message));
            try (MDC.MDCCloseable id = MDC.putCloseable("job_id", job.id())) {
                switch (level) {
                    case INFO -> LOG.info(message);
                    case WARN -> LOG.warn(message);
                    case ERROR ->
                        LOG.error(message, failure != null && failure.kind() == Kind.INTERNAL ? failure : null);
                }
            }
        }

        /** Once anybody can see that it has ended, the next may begin, though its last lines are still being written. */
        synchronized boolean isOver() {
            return completedAt != null;
        }

        private String took() {
            Instant from = startedAt == null ? createdAt : startedAt;
            return Sizes.seconds(Duration.between(from, completedAt).toNanos());
        }

        private synchronized <T> void completed(BiFunction<T, ObjectNode, String> success, T result) {
            completedAt = now();
            status = "completed";
            add(Job.Level.INFO, success.apply(result, metadata) + ". It took " + took() + ".");
            if (!job.advice().isEmpty()) {
                Json.strings(metadata, "advice", job.advice());
            }
        }

        private synchronized void failed(BackupException e) {
            completedAt = now();
            failure = e;
            boolean cancelled =
                    switch (e.kind()) {
                        case CANCELLED, UNCONFIRMED -> true;
                        case ROLLED_BACK -> job.isCancelled();
                        default -> false;
                    };
            status = cancelled ? "cancelled" : "failed";
            outcome = switch (e.kind()) {
                case ROLLED_BACK -> "rolled_back";
                case ROLLBACK_FAILED -> "rollback_failed";
                default -> null;
            };
            if (startedAt != null || mine.containsKey(job.id())) {
                add(
                        cancelled ? Job.Level.WARN : Job.Level.ERROR,
                        (cancelled ? "Cancelled after " : "Failed after ") + took() + ": " + e.getMessage() + ".");
            }
        }

        synchronized ObjectNode shown() {
            ObjectNode node = Json.MAPPER.createObjectNode();
            node.put("job_id", job.id());
            node.put("type", type);
            node.put("status", status);
            if (outcome != null) {
                node.put("outcome", outcome);
            }
            node.put("created_at", createdAt.toString());
            node.put("started_at", startedAt == null ? null : startedAt.toString());
            node.put("completed_at", completedAt == null ? null : completedAt.toString());
            node.set("progress", Json.progress(job));
            node.put("error", failure == null ? null : failure.problem());
            node.put("remedy", failure == null || failure.remedy().isEmpty() ? null : failure.remedy());
            node.set("metadata", metadata.deepCopy());
            node.set("log", log.deepCopy());
            return node;
        }

        /** Lets the disk alone tell of a job that has ended, once it does. */
        void giveUp() {
            keepUp();
            synchronized (writing) {
                if (shown().equals(lastWritten)) {
                    mine.remove(job.id());
                }
            }
        }

        /** Writes what has changed since the last time. */
        private void keepUp() {
            synchronized (writing) {
                ObjectNode now = shown();
                boolean due = lastWrittenAt.isBefore(Instant.now().minus(SIGN_OF_LIFE));
                if (!mine.containsKey(job.id()) || (now.equals(lastWritten) && !due)) {
                    return;
                }
                try {
                    ObjectNode stored = now.deepCopy();
                    stored.set("process", self.json());
                    records.write(job.id(), stored);
                    lastWritten = now;
                    lastWrittenAt = Instant.now();
                } catch (IOException | RuntimeException e) {
                    LOG.warn("Job {} could not be written to the disk: {}", job.id(), e.toString());
                }
            }
        }
    }
}
