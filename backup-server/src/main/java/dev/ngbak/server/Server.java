package dev.ngbak.server;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import io.javalin.Javalin;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API and the dashboard. The constructor starts the server and the recovery of an interrupted restore; the caller
 * closes it.
 */
public final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    /** The time that a cancelled job has to stop, or to roll back. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(40);

    private final ServerSettings settings;
    private final BackupManager manager;
    private final JobRunner jobs;
    private final Uploads uploads;
    private final ArchiveReadQueue reads = new ArchiveReadQueue();
    private final List<Route> routes;
    private final Javalin http;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ngbak-housekeeping");
        thread.setDaemon(true);
        return thread;
    });
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopping;
    private int port;

    /** @throws BackupException {@code INVALID} for a setting that cannot be used, such as a port that is taken */
    public Server(Settings settings) {
        this.settings = ServerSettings.from(settings);
        this.manager = new BackupManager(settings);
        String prefix = this.settings.prefix();
        Redaction redaction = new Redaction(settings, AllSettings.withScratch());
        ArchiveCatalog archives = new ArchiveCatalog(manager, reads, this::listJobs);
        Metrics metrics = new Metrics(archives::list, this::listJobs, manager.repository());
        this.jobs = new JobRunner(manager.state(), manager.repository(), metrics);
        this.uploads = new Uploads(manager.state().path(), archives, this.settings.maxUpload());
        AccessControl access = new AccessControl(this.settings);
        ServerStatus status = new ServerStatus(manager, jobs, this::isStopping);
        HealthMonitor health = new HealthMonitor(manager, archives, status, this.settings);
        metrics.addHealth(() -> health.health().status());
        Responses responses = new Responses(prefix, redaction);
        EventStream events = new EventStream(jobs, responses, this::isStopping);
        this.routes = Stream.of(
                        new BackupRoutes(manager, jobs, archives, responses).routes(),
                        new RestoreRoutes(manager, jobs, archives, uploads, responses).routes(),
                        new JobRoutes(jobs, events, responses).routes(),
                        new SystemRoutes(prefix, access, status, health, metrics, responses).routes())
                .flatMap(List::stream)
                .toList();
        ErrorResponses errors = new ErrorResponses(jobs, redaction);
        this.http = Javalin.create(new HttpConfig(this.settings, access, errors, metrics).with(routes));
        cleanUp();
        listen();
        housekeeping.scheduleWithFixedDelay(this::keepHouse, 1, 60, TimeUnit.SECONDS);
        recoverInBackground();
    }

    private List<JobRecord> listJobs() {
        return jobs.list();
    }

    /** Returns all routes of the API. */
    List<Route> routes() {
        return routes;
    }

    private void listen() {
        try {
            http.start();
        } catch (JavalinBindException e) {
            housekeeping.shutdownNow();
            throw new BackupException(
                    Kind.INVALID,
                    "The server cannot listen on " + settings.host() + ", port " + settings.port()
                            + ": another program uses the port, or this machine has no such address",
                    "Set PORT to a free port (0 for any), or correct HOST",
                    e);
        }
        port = http.port();
        LOG.info("Listening on {}, port {}.", settings.host(), port);
        if (!settings.isLoopback() && settings.key() == null) {
            LOG.warn(
                    "HOST is {} and BACKUP_API_KEY is not set: anyone who can reach this machine can read, restore and"
                            + " delete backups. Set BACKUP_API_KEY, or HOST=127.0.0.1.",
                    settings.host());
        }
        logRepositoryProblem();
    }

    /** Logs why no job can run. Archives of a read-only directory can still be listed and downloaded. */
    private void logRepositoryProblem() {
        try {
            manager.repository()
                    .problem()
                    .ifPresent(problem -> LOG.error("{}. Backups will fail. {}.", problem.problem(), problem.remedy()));
        } catch (IOException e) {
            LOG.error("The repository cannot be checked: {}", e.toString());
        }
    }

    /** Cleans up after processes that died, except for an interrupted restore, whose recovery takes long. */
    private void cleanUp() {
        jobs.list(); // marks dead jobs as failed
        uploads.deleteIncomplete();
        if (manager.openRestore() == null) {
            recover(() -> manager.recover(new Job(line -> LOG.info(line.message()))));
        }
    }

    /** Recovers an interrupted restore in the background, so that the server answers meanwhile. */
    private void recoverInBackground() {
        if (manager.openRestore() != null) {
            Thread thread =
                    new Thread(() -> recover(() -> jobs.start(JobDefinition.recover(manager))), "ngbak-recover");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void recover(Supplier<?> call) {
        try {
            LOG.debug("Recovered: {}", call.get());
        } catch (BackupException e) {
            if (e.kind() == Kind.BUSY) {
                LOG.info("{}; that job completes any pending recovery.", e.detail());
            } else {
                LOG.error("The recovery after an earlier process failed: {}.", e.getMessage());
            }
        }
    }

    private void keepHouse() {
        try {
            uploads.deleteExpired(
                    jobs.current().flatMap(id -> jobs.get(id).text("upload_id")).orElse(null));
        } catch (RuntimeException e) {
            LOG.warn("Housekeeping failed and will be tried again in a minute", e);
        }
    }

    /** Returns the address of the dashboard for a browser on this machine. */
    public String url() {
        String host = settings.host().equals("localhost") || settings.isAnyAddress() ? "127.0.0.1" : settings.host();
        boolean bare = host.contains(":") && !host.startsWith("[");
        return "http://" + (bare ? "[" + host + "]" : host) + ":" + port + "/";
    }

    /** Returns the port, also after the server was closed. */
    public int port() {
        return port;
    }

    /** Returns whether the server is closed or closing. */
    public boolean isStopping() {
        return stopping;
    }

    /** Waits until the server is closed. */
    public void awaitEnd() throws InterruptedException {
        stopped.await();
    }

    /** Cancels the running job if that does no harm, waits a while for its end, and stops listening. */
    @Override
    public void close() {
        stopping = true;
        housekeeping.shutdownNow();
        try {
            if (!jobs.stop(STOP_TIMEOUT)) {
                LOG.warn(
                        "The running job did not end within {} s. The next start recovers it.",
                        STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.stop();
        reads.close();
        LOG.info("Stopped.");
        stopped.countDown();
    }
}
