package dev.ngbak.server;

import dev.ngbak.jobs.JobRunner;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes below {@code /jobs}. */
final class JobRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(JobRoutes.class);

    private final JobRunner jobs;
    private final EventStream events;
    private final Responses responses;

    JobRoutes(JobRunner jobs, EventStream events, Responses responses) {
        this.jobs = jobs;
        this.events = events;
        this.responses = responses;
    }

    List<Route> routes() {
        return List.of(
                new Route(HandlerType.GET, "./jobs", ctx -> responses.jobs(ctx, jobs.list())),
                new Route(HandlerType.GET, "./jobs/{id}", ctx -> responses.job(ctx, 200, jobs.get(id(ctx)))),
                new Route(HandlerType.GET, "./jobs/{id}/events", RequestKind.EVENTS, ctx -> events.send(ctx, id(ctx))),
                new Route(HandlerType.POST, "./jobs/{id}/cancel", this::cancel));
    }

    private void cancel(Context ctx) {
        String id = id(ctx);
        if (!jobs.cancel(id)) {
            throw new ProblemException(
                    409,
                    jobs.get(id).isOpen()
                            ? "The job can no longer be cancelled, or runs in another process"
                            : "The job has already ended",
                    "");
        }
        LOG.info("Cancelling job {} at the request of {}.", id, ctx.ip());
        responses.job(ctx, 202, jobs.get(id));
    }

    private static String id(Context ctx) {
        return ctx.pathParam("id");
    }
}
