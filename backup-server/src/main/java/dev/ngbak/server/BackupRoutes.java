package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes below {@code /backup}, which create, list, download, verify, check, drill, pin, acknowledge and delete archives,
 * {@code /check}, which checks the live stores, and {@code /prune}, which deletes old archives.
 */
final class BackupRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(BackupRoutes.class);

    private static final Set<String> EVIDENCE_PARAMETERS = Set.of("format");

    private final BackupManager manager;
    private final JobRunner jobs;
    private final ArchiveCatalog archives;
    private final Responses responses;

    BackupRoutes(BackupManager manager, JobRunner jobs, ArchiveCatalog archives, Responses responses) {
        this.manager = manager;
        this.jobs = jobs;
        this.archives = archives;
        this.responses = responses;
    }

    List<Route> routes() {
        return List.of(
                new Route(HandlerType.POST, "./backup", RequestKind.JSON, this::create),
                new Route(HandlerType.GET, "./backup", RequestKind.QUICK, ListPage.PARAMETERS, this::list),
                new Route(HandlerType.GET, "./backup/{id}", this::inspect),
                new Route(HandlerType.GET, "./backup/{id}/download", RequestKind.DOWNLOAD, this::download),
                new Route(HandlerType.DELETE, "./backup/{id}", this::delete),
                new Route(HandlerType.POST, "./backup/{id}/verify", RequestKind.JSON, this::verify),
                new Route(HandlerType.POST, "./backup/{id}/drill", RequestKind.JSON, this::drill),
                new Route(
                        HandlerType.GET, "./backup/{id}/drill", RequestKind.QUICK, EVIDENCE_PARAMETERS, this::evidence),
                new Route(HandlerType.POST, "./backup/{id}/check", RequestKind.JSON, this::checkArchive),
                new Route(HandlerType.POST, "./check", RequestKind.JSON, this::checkStores),
                new Route(HandlerType.PUT, "./backup/{id}/pin", this::pin),
                new Route(HandlerType.DELETE, "./backup/{id}/pin", this::unpin),
                new Route(HandlerType.PUT, "./backup/{id}/acknowledgement", this::acknowledge),
                new Route(HandlerType.DELETE, "./backup/{id}/acknowledgement", this::unacknowledge),
                new Route(HandlerType.GET, "./prune", this::previewPrune),
                new Route(HandlerType.POST, "./prune", RequestKind.JSON, this::prune));
    }

    private void create(Context ctx) throws IOException {
        ObjectNode body = JsonBody.of(ctx, Set.of("backup_id", "note"));
        String id = JsonBody.text(body, "backup_id");
        String note = JsonBody.text(body, "note");
        responses.accepted(ctx, jobs.start(JobDefinition.backup(manager, id, note)));
    }

    private void list(Context ctx) {
        ListPage page = ListPage.of(QueryParameters.of(ctx, ListPage.PARAMETERS));
        ArrayNode array = Json.MAPPER.createArrayNode();
        page.select(archives.list()).forEach(archive -> array.add(Json.listed(archive, manager.repository())));
        responses.cacheable(ctx, array);
    }

    private void inspect(Context ctx) {
        responses.json(ctx, 200, Json.inspected(archives.inspect(archives.find(id(ctx)))));
    }

    private void download(Context ctx) throws IOException {
        BackupId id = id(ctx);
        new Download(archives.find(id)).send(ctx);
    }

    private void delete(Context ctx) {
        BackupId id = id(ctx);
        archives.delete(id, new Job(line -> LOG.info(line.message())));
        LOG.info("Deleted backup {} at the request of {}.", id, ctx.ip());
        ctx.status(204);
    }

    private void verify(Context ctx) throws IOException {
        var archive = archives.find(id(ctx));
        JsonBody.of(ctx, Set.of());
        responses.accepted(ctx, jobs.start(JobDefinition.verify(manager, archive)));
    }

    private void drill(Context ctx) throws IOException {
        var archive = archives.find(id(ctx));
        JsonBody.of(ctx, Set.of());
        responses.accepted(ctx, jobs.start(JobDefinition.drill(manager, archive)));
    }

    private void evidence(Context ctx) {
        BackupId id = id(ctx);
        boolean markdown = wantsMarkdown(ctx);
        DrillOutcome newest = archives.inspect(archives.find(id)).marks().drills().stream()
                .findFirst()
                .orElseThrow(() -> new BackupException(
                        Kind.NOT_FOUND, "The backup " + id + " was never restored in a drill", "Start one with POST"));
        responses.text(
                ctx,
                markdown ? "text/markdown; charset=utf-8" : "application/json",
                manager.drillEvidence(id, newest, markdown));
    }

    private static boolean wantsMarkdown(Context ctx) {
        String accept = ctx.header("Accept");
        String asked = accept != null && accept.startsWith("text/markdown") ? "md" : "json";
        return QueryParameters.of(ctx, EVIDENCE_PARAMETERS)
                .choice("format", List.of("json", "md"), asked)
                .equals("md");
    }

    private void checkArchive(Context ctx) throws IOException {
        var archive = archives.find(id(ctx));
        JsonBody.of(ctx, Set.of());
        responses.accepted(ctx, jobs.start(JobDefinition.check(manager, archive)));
    }

    private void checkStores(Context ctx) throws IOException {
        JsonBody.of(ctx, Set.of());
        responses.accepted(ctx, jobs.start(JobDefinition.check(manager, null)));
    }

    private void pin(Context ctx) {
        archives.pin(id(ctx), true);
        ctx.status(204);
    }

    private void unpin(Context ctx) {
        archives.pin(id(ctx), false);
        ctx.status(204);
    }

    private void acknowledge(Context ctx) {
        archives.acknowledge(id(ctx), true);
        ctx.status(204);
    }

    private void unacknowledge(Context ctx) {
        archives.acknowledge(id(ctx), false);
        ctx.status(204);
    }

    private void previewPrune(Context ctx) {
        responses.json(ctx, 200, Json.retention(manager.prunePlan()));
    }

    private void prune(Context ctx) throws IOException {
        JsonBody.of(ctx, Set.of());
        manager.prunePlan().requireNoLoss(); // Refuses before there is a job, also if no setting says what to keep.
        responses.accepted(ctx, jobs.start(JobDefinition.prune(manager)));
    }

    /** Returns the id in the path. A {@link BackupId} cannot be a path. */
    private static BackupId id(Context ctx) {
        return new BackupId(ctx.pathParam("id"));
    }
}
