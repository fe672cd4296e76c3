package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.Json;
import io.javalin.http.Context;
import java.util.List;

/** Writes the answers that several routes share. */
final class Responses {

    static final String JSON = "application/json";

    private final String prefix;
    private final Redaction redaction;

    /** @param prefix the prefix of the API's paths */
    Responses(String prefix, Redaction redaction) {
        this.prefix = prefix;
        this.redaction = redaction;
    }

    void json(Context ctx, int status, JsonNode json) {
        ctx.status(status).contentType(JSON).result(json.toString());
    }

    /** Answers with 200 and messages that may come from drivers and the file system. */
    void redacted(Context ctx, JsonNode json) {
        ctx.status(200).contentType(JSON).result(redaction.forAnswer(json.toString()));
    }

    /** Answers with 200 and an {@code ETag}, or with 304 if the client has the same content. */
    void cacheable(Context ctx, JsonNode json) {
        String content = json.toString();
        String tag = "W/" + EntityTags.of(content); // weak, because the content may be sent compressed or not
        ctx.header("ETag", tag);
        ctx.header("Cache-Control", "private, no-cache");
        if (EntityTags.matchesAny(ctx.header("If-None-Match"), tag)) {
            ctx.status(304);
        } else {
            ctx.status(200).contentType(JSON).result(content);
        }
    }

    /** Answers with a text that may contain names of folders and servers. */
    void text(Context ctx, String contentType, String text) {
        ctx.status(200).contentType(contentType).result(redaction.forAnswer(text));
    }

    void job(Context ctx, int status, JobRecord job) {
        ctx.status(status).contentType(JSON).result(text(job));
    }

    void jobs(Context ctx, List<JobRecord> jobs) {
        var array = Json.MAPPER.createArrayNode();
        jobs.forEach(job -> array.add(Json.job(job)));
        ctx.contentType(JSON).result(redaction.forAnswer(array.toString()));
    }

    /** Answers with 202, the job and its location. */
    void accepted(Context ctx, JobRecord job) {
        // The location is relative, because a proxy may serve the API below any path.
        long depth = ctx.path()
                .substring(prefix.length() + 1)
                .chars()
                .filter(c -> c == '/')
                .count();
        ctx.header("Location", (depth == 0 ? "./" : "../".repeat((int) depth)) + "jobs/" + job.id());
        job(ctx, 202, job);
    }

    /** Returns a job as JSON. Its messages may come from drivers and the file system, so they are redacted. */
    String text(JobRecord job) {
        return redaction.forAnswer(Json.job(job).toString());
    }
}
