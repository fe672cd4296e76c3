package dev.ngbak.server;

import dev.ngbak.jobs.JobRunner;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Sends a job as server-sent events: the whole job on every change, until it ends. Each stream is a loop in the thread of its
 * request, so that a client which reads slowly holds up nobody else.
 */
final class EventStream {

    private static final long POLL_MILLIS = 250;
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int RETRY_MILLIS = 2_000;

    private final JobRunner jobs;
    private final Responses responses;
    private final BooleanSupplier stopping;

    EventStream(JobRunner jobs, Responses responses, BooleanSupplier stopping) {
        this.jobs = jobs;
        this.responses = responses;
        this.stopping = stopping;
    }

    void send(Context ctx, String id) throws IOException {
        String last = responses.text(jobs.get(id));
        ctx.contentType("text/event-stream; charset=utf-8");
        ctx.header("X-Accel-Buffering", "no");
        if (ctx.method().equals(HandlerType.HEAD)) {
            return;
        }
        OutputStream out = ctx.res().getOutputStream();
        write(out, "retry: " + RETRY_MILLIS + "\ndata: " + last + "\n\n");
        long lastWrite = System.nanoTime();
        try {
            boolean open = true;
            while (open) {
                open = !stopping.getAsBoolean() && jobs.get(id).isOpen();
                if (open) {
                    TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                }
                String now = responses.text(jobs.get(id));
                if (!now.equals(last)) {
                    write(out, "data: " + now + "\n\n");
                    last = now;
                    lastWrite = System.nanoTime();
                } else if (System.nanoTime() - lastWrite > HEARTBEAT_NANOS) {
                    write(out, ": heartbeat\n\n");
                    lastWrite = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
