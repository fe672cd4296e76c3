package dev.ngbak.server;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.staticfiles.Location;
import io.javalin.util.JavalinBindException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API and the dashboard on one archive folder. It listens once it is made, and settles at once what a process
 * that died has left; to be closed by whoever made it.
 */
public final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final String PROBLEM = "application/problem+json";
    /** After how many seconds a request that was refused with 503 may come again. */
    private static final String RETRY_AFTER = "5";

    private static final Pattern BROKEN_ENCODING = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final int LONGEST_HEADERS = 32 << 10;
    /** For a job to stop at its next batch, or to put things in order. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final ServerSettings settings;
    private final BackupManager manager;
    private final JobRunner jobs;
    private final Uploads uploads;
    private final Metrics metrics;
    private final Redaction redaction;
    private final ArchiveReadQueue reading = new ArchiveReadQueue();
    private final RequestKind.Traffic traffic = new RequestKind.Traffic();
    private final Javalin http;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ngbak-housekeeping");
        thread.setDaemon(true);
        return thread;
    });
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopping;
    private int port;

    /** @throws BackupException {@code INVALID} for a setting that cannot be used, a port that is taken among them */
    public Server(Settings settings) {
        this.settings = ServerSettings.from(settings);
        this.manager = new BackupManager(settings);
        this.redaction = new Redaction(settings);
        ArchiveCatalog archives = new ArchiveCatalog(manager);
        // The metrics look at the jobs, and the jobs tell the metrics of their ends.
        Metrics[] counting = new Metrics[1];
        this.jobs = new JobRunner(manager.workFolder(), (ended, job) -> counting[0].ended(ended, job));
        this.metrics = new Metrics(archives::get, jobs::list, manager.folder());
        counting[0] = metrics;
        this.uploads = new Uploads(manager, reading, this.settings.maxUpload());
        AccessControl guard = new AccessControl(this.settings);
        Api api = new Api(
                this.settings, manager, jobs, uploads, reading, guard, archives, metrics, redaction, () -> stopping);
        this.http = Javalin.create(config -> configure(config, api, guard));
        tidy();
        listen();
        housekeeping.scheduleWithFixedDelay(this::keepHouse, 1, 60, TimeUnit.SECONDS);
        settle();
    }

    private void configure(JavalinConfig config, Api api, AccessControl guard) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.router.ignoreTrailingSlashes = false;
        config.jetty.addConnector(this::connector);
        config.jetty.threadPool = threads();
        config.jetty.modifyHttpConfiguration(Server::configure);
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new PlainErrors());
            server.setHandler(new ThreadBudget(settings.prefix()));
        });
        config.routes.before(ctx -> {
            AccessControl.harden(ctx);
            checkEncoding(ctx.req().getRequestURI());
            guard.check(ctx);
        });
        for (Api.Route route : Api.ROUTES) {
            String path = route.path().startsWith(".")
                    ? settings.prefix() + route.path().substring(1)
                    : route.path();
            Handler handler = ctx -> {
                QueryParameters.check(ctx, route.parameters());
                try (RequestKind.Place place = traffic.enter(route.lane())) {
                    route.action().answer(api, ctx);
                }
            };
            config.routes.addHttpHandler(route.method(), path, handler);
            if (route.method().equals(HandlerType.GET)) {
                config.routes.addHttpHandler(HandlerType.HEAD, path, handler);
            }
        }
        config.staticFiles.add(files -> {
            files.hostedPath = "/";
            files.directory = "/dashboard";
            files.location = Location.CLASSPATH;
            files.headers = java.util.Map.of("Cache-Control", "no-cache");
        });
        config.routes.exception(Exception.class, this::answer);
        config.router.javaLangErrorHandler((response, error) -> {
            LOG.error("A request failed", error);
            response.setStatus(500);
        });
        for (int status : new int[] {404, 405, 500}) {
            config.routes.error(status, ctx -> {
                if (!ctx.res().isCommitted() && !PROBLEM.equals(ctx.res().getContentType())) {
                    answer(ProblemException.of(status), ctx);
                }
            });
        }
        config.routes.after(ctx -> metrics.answered(ctx.req().getMethod(), ctx.statusCode()));
    }

    /** Jetty lets {@code %u0061} pass, which is percent-encoding to some programs and an error to the one that reads ids. */
    private static void checkEncoding(String path) {
        if (BROKEN_ENCODING.matcher(path).find()) {
            throw new ProblemException(
                    400,
                    "The path has a percent sign that is not followed by two hexadecimal digits",
                    "Encode a percent sign as %25");
        }
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(ThreadBudget.THREADS, 4, 30_000);
        threads.setMaxEvictCount(ThreadBudget.THREADS); // by default those of a busy minute would stay for half an hour
        return threads;
    }

    private Connector connector(org.eclipse.jetty.server.Server server, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        // By default 50 connections wait to be accepted; with more at once, a probe's would wait for its second
        // attempt.
        connector.setAcceptQueueSize(1_024);
        return connector;
    }

    private static void configure(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(LONGEST_HEADERS);
    }

    /** The one place where a failure becomes an answer. */
    private void answer(Exception failure, Context ctx) {
        if (failure instanceof EofException || failure.getCause() instanceof EofException) {
            LOG.debug("A client went away", failure);
            ctx.status(400); // for our own count
            return;
        }
        ProblemException problem = ProblemException.of(failure);
        if (problem.isDefect()) {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), failure);
        } else if (problem.status() == 401 || problem.status() == 403) {
            LOG.warn("Refused {} {} from {}: {}.", ctx.method(), ctx.path(), ctx.ip(), problem.getMessage());
        }
        if (ctx.res().isCommitted()) {
            return;
        }
        var json = problem.json(redaction);
        if (problem.isBusy()) {
            String current = jobs.current();
            if (current != null) {
                json.put("job_id", current);
            }
        }
        if (problem.status() == 401) {
            ctx.header("WWW-Authenticate", "Bearer");
        }
        if (problem.status() == 503) {
            ctx.header("Retry-After", RETRY_AFTER);
        }
        refuse(ctx, problem.status(), json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Answers at once, before the whole body has come; then takes some more of it, so that the client reads the answer. */
    private static void refuse(Context ctx, int status, byte[] json) {
        HttpServletResponse response = ctx.res();
        response.setStatus(status);
        response.setContentType(PROBLEM);
        if (ctx.method().equals(HandlerType.HEAD)) {
            return;
        }
        response.setContentLength(json.length);
        try {
            response.getOutputStream().write(json);
            response.flushBuffer();
            RequestDrain.drain(ctx.req());
        } catch (IOException e) {
            LOG.debug("A client went away before it had read why it was refused", e);
        }
    }

    /** What is refused before it comes to any handler: a request that is no HTTP, or whose path could mean two things. */
    private final class PlainErrors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = response.getStatus();
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, PROBLEM);
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            if (status == 503) {
                response.getHeaders().put(HttpHeader.RETRY_AFTER, RETRY_AFTER);
            }
            String body = ProblemException.of(status).json(redaction).toString();
            response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
            return true;
        }
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
                    "Set PORT to one that is free (0 for any), or correct HOST",
                    e);
        }
        port = http.port();
        LOG.info("Listening on {}, port {}.", settings.host(), port);
        if (!settings.isLoopback() && settings.key() == null) {
            LOG.warn(
                    "HOST is {} and no BACKUP_API_KEY is set: everybody who reaches this machine can read, restore and"
                            + " delete backups. Set BACKUP_API_KEY, or HOST=127.0.0.1.",
                    settings.host());
        }
    }

    /** Puts in order what a process that died has left, before anybody asks for a job; but a restore takes its time. */
    private void tidy() {
        jobs.list(); // tells those whose process is gone
        uploads.removeCutOff();
        if (manager.openRestore() == null) {
            recover(() -> manager.recover(new Job(line -> LOG.info(line.message()))));
        }
    }

    /** Settles a restore that was cut off, in the background, so that the server answers meanwhile. */
    private void settle() {
        if (manager.openRestore() != null) {
            Thread thread = new Thread(() -> recover(() -> jobs.start(JobDefinition.recover(manager))), "ngbak-settle");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void recover(Supplier<?> call) {
        try {
            LOG.debug("Recovered: {}", call.get());
        } catch (BackupException e) {
            if (e.kind() == Kind.BUSY) {
                LOG.info("{}; it settles by itself what there is to settle.", e.problem());
            } else {
                LOG.error("What an earlier process left could not be settled: {}.", e.getMessage());
            }
        }
    }

    private void keepHouse() {
        try {
            String current = jobs.current();
            String inUse = current == null
                    ? null
                    : jobs.get(current).path("metadata").path("upload_id").asText(null);
            uploads.expire(inUse);
        } catch (RuntimeException e) {
            LOG.warn("Housekeeping failed; it is tried again in a minute", e);
        }
    }

    /** Returns the address at which a browser on this machine finds the dashboard. */
    public String url() {
        String host = settings.host().equals("localhost") || settings.isAnyAddress() ? "127.0.0.1" : settings.host();
        boolean bare = host.contains(":") && !host.startsWith("[");
        return "http://" + (bare ? "[" + host + "]" : host) + ":" + port + "/";
    }

    /** Returns the port that the server listens on, or listened on until it was closed. */
    public int port() {
        return port;
    }

    /** Returns whether the server is closed, or about to be. */
    public boolean isStopping() {
        return stopping;
    }

    /** Returns when the server has been closed. */
    public void awaitEnd() throws InterruptedException {
        stopped.await();
    }

    /** Stops the running job where that does no harm, waits for its end with some patience, and stops listening. */
    @Override
    public void close() {
        stopping = true;
        housekeeping.shutdownNow();
        try {
            if (!jobs.stop(PATIENCE)) {
                LOG.warn("The job that runs did not end in {} s; the next start settles it.", PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.stop();
        reading.close();
        LOG.info("Stopped.");
        stopped.countDown();
    }
}
