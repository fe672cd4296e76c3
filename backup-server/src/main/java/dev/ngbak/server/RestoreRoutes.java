package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.BackupException;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The routes that restore an archive, or plan its restore: from the catalog, or uploaded by the client. */
final class RestoreRoutes {

    private static final String DRY_RUN = "dry_run";
    private static final String COMPARE = "compare";
    private static final Set<String> PARAMETERS = Set.of(DRY_RUN, COMPARE);

    private final BackupManager manager;
    private final JobRunner jobs;
    private final ArchiveCatalog archives;
    private final Uploads uploads;
    private final Responses responses;

    RestoreRoutes(
            BackupManager manager, JobRunner jobs, ArchiveCatalog archives, Uploads uploads, Responses responses) {
        this.manager = manager;
        this.jobs = jobs;
        this.archives = archives;
        this.uploads = uploads;
        this.responses = responses;
    }

    List<Route> routes() {
        return List.of(
                new Route(HandlerType.POST, "./restore", RequestKind.RESTORE, PARAMETERS, this::restore),
                new Route(HandlerType.POST, "./backup/restore", RequestKind.RESTORE, PARAMETERS, this::restore));
    }

    /**
     * The archive that a request wants to restore.
     *
     * @param uploadId {@code null} for an archive of the catalog
     */
    private record Source(ReadableArchive archive, String uploadId, RestoreOptions options) {}

    private void restore(Context ctx) throws IOException {
        QueryParameters query = QueryParameters.of(ctx, PARAMETERS);
        boolean dryRun = query.flag(DRY_RUN);
        boolean comparesContents = comparesContents(query, dryRun);
        boolean multipart = JsonBody.hasType(ctx, "multipart/form-data");
        Source source = multipart ? fromUpload(ctx, !dryRun) : fromJson(ctx);
        if (dryRun) {
            RestoreOptions options = comparesContents ? source.options().comparingContents() : source.options();
            ObjectNode plan = Json.plan(plan(source, options));
            if (source.uploadId() != null) {
                plan.put("upload_id", source.uploadId());
            }
            responses.json(ctx, 200, plan);
        } else {
            archives.inspect(source.archive());
            responses.accepted(ctx, jobs.start(definition(source)));
        }
    }

    /** Returns whether a dry run compares contents, which reads the live stores completely, or only counts. */
    private static boolean comparesContents(QueryParameters query, boolean dryRun) {
        if (!dryRun && query.has(COMPARE)) {
            throw new ProblemException(
                    400,
                    "The query parameter \"compare\" is only valid for a dry run. Nothing was changed",
                    "Send dry_run=true with it, or leave it out");
        }
        return query.choice(COMPARE, List.of("counts", "content"), "counts").equals("content");
    }

    /** Receives an archive. It is deleted if the request is not valid. */
    private Source fromUpload(Context ctx, boolean verify) throws IOException {
        Uploads.Received received = uploads.receive(ctx);
        String id = received.uploadId();
        if (id == null) {
            throw new ProblemException(
                    400, "The request has no part \"file\"", "Send the archive in a part of that name");
        }
        boolean valid = false;
        try {
            JsonNode options = received.options() == null ? null : JsonBody.parse(received.options());
            Source source = new Source(new ArchiveFile(uploads.file(id)), id, JsonBody.options(options));
            if (verify) {
                archives.verify(source.archive());
            }
            valid = true;
            return source;
        } finally {
            if (!valid) {
                uploads.remove(id);
            }
        }
    }

    private Source fromJson(Context ctx) throws IOException {
        ObjectNode body = JsonBody.of(ctx, Set.of("backup_id", "upload_id", "options"));
        String id = JsonBody.text(body, "backup_id");
        String upload = JsonBody.text(body, "upload_id");
        if ((id == null) == (upload == null)) {
            throw new ProblemException(
                    400,
                    id == null ? "The request names no archive" : "The request names two archives",
                    "Send either backup_id or upload_id, or the archive itself as multipart/form-data");
        }
        ReadableArchive archive = id == null ? new ArchiveFile(uploads.file(upload)) : archives.find(new BackupId(id));
        return new Source(archive, upload, JsonBody.options(body.get("options")));
    }

    private RestorePlan plan(Source source, RestoreOptions options) throws IOException {
        try {
            return archives.plan(source.archive(), options);
        } catch (BackupException | ProblemException e) {
            boolean refused = e instanceof BackupException b
                    ? b.kind() == BackupException.Kind.CORRUPT
                    : ProblemException.of(e).status() == 422;
            if (source.uploadId() != null && refused) {
                uploads.remove(source.uploadId());
            }
            throw e;
        }
    }

    private JobDefinition<RestoreResult> definition(Source source) {
        JobDefinition<RestoreResult> restore =
                JobDefinition.restore(manager, source.archive(), source.options(), plan -> true);
        return source.uploadId() == null ? restore : restore.with("upload_id", source.uploadId());
    }
}
