package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.Version;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes: each turns a request into one call of the engine or of the jobs, and the answer into JSON. */
final class Api {

    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final String JSON = "application/json";
    private static final long TICK_MILLIS = 250;
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long STACK_FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

    /**
     * One path and method, and the action that answers it.
     *
     * @param path below the API's prefix where it begins with a dot
     * @param lane the limit that its requests share
     * @param parameters those that its query may have
     */
    record Route(HandlerType method, String path, RequestKind lane, Set<String> parameters, Action action) {

        Route(HandlerType method, String path, Action action) {
            this(method, path, RequestKind.QUICK, Set.of(), action);
        }

        Route(HandlerType method, String path, RequestKind lane, Action action) {
            this(method, path, lane, Set.of(), action);
        }
    }

    @FunctionalInterface
    interface Action {
        void answer(Api api, Context ctx) throws IOException;
    }

    private static final Set<String> OF_RESTORE = Set.of("dry_run", "compare");

    static final List<Route> ROUTES = List.of(
            new Route(HandlerType.POST, "./backup", RequestKind.JSON, Api::backup),
            new Route(HandlerType.GET, "./backup", Api::list),
            new Route(HandlerType.GET, "./backup/{id}", Api::inspect),
            new Route(HandlerType.GET, "./backup/{id}/download", RequestKind.DOWNLOAD, Api::download),
            new Route(HandlerType.DELETE, "./backup/{id}", Api::delete),
            new Route(HandlerType.POST, "./backup/{id}/verify", RequestKind.JSON, Api::verify),
            new Route(HandlerType.POST, "./restore", RequestKind.RESTORE, OF_RESTORE, Api::restore),
            new Route(HandlerType.POST, "./backup/restore", RequestKind.RESTORE, OF_RESTORE, Api::restore),
            new Route(HandlerType.GET, "./jobs", Api::jobs),
            new Route(HandlerType.GET, "./jobs/{id}", Api::job),
            new Route(HandlerType.GET, "./jobs/{id}/events", RequestKind.EVENTS, Api::events),
            new Route(HandlerType.POST, "./jobs/{id}/cancel", Api::cancel),
            new Route(HandlerType.GET, "./stack", Api::stack),
            new Route(HandlerType.POST, "./session", RequestKind.SESSION, Api::session),
            new Route(HandlerType.GET, "/health/live", Api::live),
            new Route(HandlerType.GET, "/health/ready", Api::ready),
            new Route(HandlerType.GET, "/openapi.json", Api::openApi),
            new Route(HandlerType.GET, "/metrics", Api::metrics));

    private final ServerSettings settings;
    private final BackupManager manager;
    private final JobRunner jobs;
    private final Uploads uploads;
    private final AccessControl guard;
    private final ArchiveCatalog archives;
    private final Metrics metrics;
    private final BooleanSupplier stopping;
    private final Redaction redaction;
    private final byte[] openApi;
    private final ArchiveReadQueue reading;
    private final Object looking = new Object();
    private ObjectNode stack;
    private long stackAt;

    Api(
            ServerSettings settings,
            BackupManager manager,
            JobRunner jobs,
            Uploads uploads,
            ArchiveReadQueue reading,
            AccessControl guard,
            ArchiveCatalog archives,
            Metrics metrics,
            Redaction redaction,
            BooleanSupplier stopping) {
        this.settings = settings;
        this.manager = manager;
        this.jobs = jobs;
        this.uploads = uploads;
        this.reading = reading;
        this.guard = guard;
        this.archives = archives;
        this.metrics = metrics;
        this.redaction = redaction;
        this.stopping = stopping;
        this.openApi = openApi(settings.prefix());
    }

    private void backup(Context ctx) throws IOException {
        ObjectNode body = JsonBody.of(ctx, Set.of("backup_id", "note"));
        accepted(
                ctx,
                jobs.start(
                        JobDefinition.backup(manager, JsonBody.text(body, "backup_id"), JsonBody.text(body, "note"))));
    }

    private void list(Context ctx) {
        ArrayNode array = Json.MAPPER.createArrayNode();
        archives.get().forEach(archive -> array.add(Json.listed(archive)));
        answer(ctx, 200, array);
    }

    private void inspect(Context ctx) {
        Path archive = manager.archive(id(ctx));
        answer(ctx, 200, reading.look(archive, () -> Json.inspected(manager.inspect(archive))));
    }

    private void download(Context ctx) throws IOException {
        BackupId id = id(ctx);
        new Download(manager.archive(id), id).send(ctx);
    }

    private void delete(Context ctx) {
        BackupId id = id(ctx);
        manager.delete(id, new Job(line -> LOG.info(line.message())));
        LOG.info("Deleted the backup {}, as {} asked.", id, ctx.ip());
        ctx.status(204);
    }

    private void verify(Context ctx) throws IOException {
        Path archive = manager.archive(id(ctx));
        JsonBody.of(ctx, Set.of());
        accepted(ctx, jobs.start(JobDefinition.verify(manager, archive)));
    }

    private void restore(Context ctx) throws IOException {
        QueryParameters query = QueryParameters.of(ctx, OF_RESTORE);
        boolean dryRun = query.flag("dry_run");
        boolean compareContents = comparesContents(query, dryRun);
        String upload = null;
        Path archive;
        JsonNode options;
        if (JsonBody.isType(ctx, "multipart/form-data")) {
            Uploads.Received received = uploads.receive(ctx);
            upload = received.uploadId();
            if (upload == null) {
                throw new ProblemException(
                        400, "The request has no part \"file\"", "Send the archive in a part of that name");
            }
            archive = uploads.file(upload);
            boolean good = false;
            try {
                options = received.options() == null ? null : JsonBody.parse(received.options());
                JsonBody.options(options);
                if (!dryRun) {
                    Path checked = archive;
                    reading.check(job -> manager.verify(checked, job));
                }
                good = true;
            } finally {
                if (!good) {
                    uploads.remove(upload);
                }
            }
        } else {
            ObjectNode body = JsonBody.of(ctx, Set.of("backup_id", "upload_id", "options"));
            String id = JsonBody.text(body, "backup_id");
            upload = JsonBody.text(body, "upload_id");
            if ((id == null) == (upload == null)) {
                throw new ProblemException(
                        400,
                        "The request names " + (id == null ? "no archive" : "two archives"),
                        "Send either backup_id or upload_id, or the archive itself as multipart/form-data");
            }
            archive = id == null ? uploads.file(upload) : manager.archive(new BackupId(id));
            options = body.get("options");
        }
        RestoreOptions chosen = JsonBody.options(options);
        restore(ctx, archive, upload, compareContents ? chosen.comparingContents() : chosen, dryRun);
    }

    /** Returns whether a dry run compares contents, which reads the live stores whole, or only counts. */
    private static boolean comparesContents(QueryParameters query, boolean dryRun) {
        if (!dryRun && query.has("compare")) {
            throw new ProblemException(
                    400,
                    "The query parameter \"compare\" belongs to a dry run. Nothing was changed",
                    "Send dry_run=true with it, or leave it out");
        }
        return query.choice("compare", List.of("counts", "content"), "counts").equals("content");
    }

    private void restore(Context ctx, Path archive, String upload, RestoreOptions options, boolean dryRun)
            throws IOException {
        if (dryRun) {
            ObjectNode plan = Json.plan(plan(archive, upload, options));
            if (upload != null) {
                plan.put("upload_id", upload);
            }
            answer(ctx, 200, plan);
            return;
        }
        reading.look(archive, () -> manager.inspect(archive));
        var work = JobDefinition.restore(manager, archive, options, plan -> true);
        accepted(ctx, jobs.start(upload == null ? work : work.with("upload_id", upload)));
    }

    private RestorePlan plan(Path archive, String upload, RestoreOptions options) throws IOException {
        try {
            return reading.check(job -> manager.plan(archive, options, job));
        } catch (BackupException | ProblemException e) {
            boolean refused = e instanceof BackupException b
                    ? b.kind() == Kind.CORRUPT
                    : ProblemException.of(e).status() == 422;
            if (upload != null && refused) {
                uploads.remove(upload);
            }
            throw e;
        }
    }

    private void jobs(Context ctx) {
        ArrayNode array = Json.MAPPER.createArrayNode();
        jobs.list().forEach(array::add);
        ctx.contentType(JSON).result(redacted(array));
    }

    private void job(Context ctx) {
        answerJob(ctx, 200, jobs.get(ctx.pathParam("id")));
    }

    private void cancel(Context ctx) {
        String id = ctx.pathParam("id");
        if (!jobs.cancel(id)) {
            throw new ProblemException(
                    409,
                    JobRunner.isOpen(jobs.get(id))
                            ? "The job cannot be stopped from here any more, or runs in another process"
                            : "The job has already ended",
                    "");
        }
        LOG.info("The job {} is being cancelled, as {} asked.", id, ctx.ip());
        answerJob(ctx, 202, jobs.get(id));
    }

    /** Sends the whole job on every change. */
    private void events(Context ctx) throws IOException {
        String id = ctx.pathParam("id");
        String last = redacted(jobs.get(id));
        ctx.contentType("text/event-stream; charset=utf-8");
        ctx.header("X-Accel-Buffering", "no");
        if (ctx.method().equals(HandlerType.HEAD)) {
            return;
        }
        try {
            OutputStream out = ctx.res().getOutputStream();
            send(out, "retry: 2000\ndata: " + last + "\n\n");
            long said = System.nanoTime();
            while (!stopping.getAsBoolean() && JobRunner.isOpen(jobs.get(id))) {
                TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
                String now = redacted(jobs.get(id));
                if (!now.equals(last)) {
                    send(out, "data: " + now + "\n\n");
                    last = now;
                    said = System.nanoTime();
                } else if (System.nanoTime() - said > HEARTBEAT_NANOS) {
                    send(out, ": still there\n\n");
                    said = System.nanoTime();
                }
            }
            String now = redacted(jobs.get(id));
            if (!now.equals(last)) {
                send(out, "data: " + now + "\n\n");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** The stores, looked at once for all who ask at the same time. */
    private void stack(Context ctx) {
        ObjectNode now;
        synchronized (looking) {
            if (stack == null || System.nanoTime() - stackAt > STACK_FRESH_NANOS) {
                stack = Json.stack(manager.stack());
                stackAt = System.nanoTime();
            }
            now = stack;
        }
        answer(ctx, 200, now);
    }

    private void session(Context ctx) throws IOException {
        ObjectNode body = JsonBody.of(ctx, Set.of("key"));
        String key = JsonBody.text(body, "key");
        if (settings.key() == null) {
            ctx.status(204);
            return;
        }
        if (key == null) {
            throw new ProblemException(
                    401, "The request has no key", "Send {\"key\": \"the value of BACKUP_API_KEY on the server\"}");
        }
        if (!guard.isKey(key)) {
            throw new ProblemException(401, "The key is wrong", "Use the value of BACKUP_API_KEY on the server");
        }
        ctx.res().addHeader("Set-Cookie", guard.cookie(ctx));
        ctx.status(204);
    }

    private void live(Context ctx) {
        answer(
                ctx,
                200,
                Json.MAPPER
                        .createObjectNode()
                        .put("status", "live")
                        .put("version", Version.text())
                        .put("api", settings.prefix().substring(1)));
    }

    /** Whether this server can take work; a store that is down is for {@code /stack} to say. */
    private void ready(Context ctx) {
        String why = whyNotReady();
        ObjectNode node = Json.MAPPER.createObjectNode().put("status", why == null ? "ready" : "not ready");
        if (why != null) {
            node.put("why_not", why);
        }
        answer(ctx, why == null ? 200 : 503, node);
    }

    private String whyNotReady() {
        if (stopping.getAsBoolean()) {
            return "The server is being stopped.";
        }
        Path existing = manager.folder().toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            return "Nothing can be written to BACKUP_DIR.";
        }
        // Anybody may ask, so the archive of the restore is not named.
        return manager.openRestore() == null || jobs.current() != null
                ? null
                : "An interrupted restore is not settled: the data may be a mix of two states. Run ngbak recover.";
    }

    private void openApi(Context ctx) {
        ctx.contentType(JSON).result(openApi);
    }

    private void metrics(Context ctx) {
        ctx.contentType(Metrics.TYPE).result(metrics.text());
    }

    /** The document as it is in the jar, with the prefix that is set. */
    private static byte[] openApi(String prefix) {
        try (InputStream in = Api.class.getResourceAsStream("/openapi.json")) {
            ObjectNode document = (ObjectNode) Json.MAPPER.readTree(in);
            ((ObjectNode) document.path("info")).put("version", Version.text());
            ((ObjectNode) document.path("servers").path(0)).put("url", "." + prefix);
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    // What handlers have in common.

    /** An id out of the path, which is never a path. */
    private static BackupId id(Context ctx) {
        return new BackupId(ctx.pathParam("id"));
    }

    private void accepted(Context ctx, ObjectNode job) {
        String id = job.path("job_id").asText();
        // Relative, since nobody knows below which path a proxy shows us.
        long depth = ctx.path()
                .substring(settings.prefix().length() + 1)
                .chars()
                .filter(c -> c == '/')
                .count();
        ctx.header("Location", (depth == 0 ? "./" : "../".repeat((int) depth)) + "jobs/" + id);
        answerJob(ctx, 202, job);
    }

    private void answer(Context ctx, int status, JsonNode json) {
        ctx.status(status).contentType(JSON).result(json.toString());
    }

    private void answerJob(Context ctx, int status, ObjectNode job) {
        ctx.status(status).contentType(JSON).result(redacted(job));
    }

    /** Messages of jobs come from everywhere, also from drivers and the file system. */
    private String redacted(JsonNode json) {
        return redaction.forAnswer(json.toString());
    }
}
