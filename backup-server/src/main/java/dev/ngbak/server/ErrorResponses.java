package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.jobs.JobRunner;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns failures into answers, and logs those that an operator should see. */
final class ErrorResponses {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorResponses.class);
    private static final String PROBLEM = "application/problem+json";
    /** The seconds after which a client may repeat a request that was answered with 503. */
    private static final String RETRY_AFTER = "5";

    private final JobRunner jobs;
    private final Redaction redaction;

    ErrorResponses(JobRunner jobs, Redaction redaction) {
        this.jobs = jobs;
        this.redaction = redaction;
    }

    /** Answers a request that no handler has answered, with the problem of its status. */
    void answerStatus(Context ctx) {
        if (!ctx.res().isCommitted() && !PROBLEM.equals(ctx.res().getContentType())) {
            answer(ProblemException.of(ctx.statusCode()), ctx);
        }
    }

    void answer(Exception failure, Context ctx) {
        if (failure instanceof EofException || failure.getCause() instanceof EofException) {
            LOG.debug("The client has disconnected", failure);
            ctx.status(400); // only for the metrics
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
        ObjectNode json = problem.json(redaction);
        if (problem.isBusy()) {
            jobs.current().ifPresent(current -> json.put("job_id", current));
        }
        if (problem.status() == 401) {
            ctx.header("WWW-Authenticate", "Bearer");
        }
        if (problem.status() == 503) {
            ctx.header("Retry-After", RETRY_AFTER);
        }
        send(ctx, problem.status(), json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Answers before the whole body has arrived, and then reads some more of it, so that the client reads the answer. */
    private static void send(Context ctx, int status, byte[] json) {
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
            LOG.debug("The client disconnected before it had read the answer", e);
        }
    }

    /** Returns the handler of requests that reach no route: they are not valid HTTP, or their path is ambiguous. */
    ErrorHandler forJetty() {
        return new ErrorHandler() {
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
        };
    }
}
