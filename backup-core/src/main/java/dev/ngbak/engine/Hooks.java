package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Holds and releases the system's writers by what the operator set: a URL that is posted to, or a command for {@code sh
 * -c}. A file in the work folder remembers that writers are held, so that a later run releases them if this one dies.
 */
final class Hooks {

    private final EngineSettings settings;
    private final Path record;

    Hooks(EngineSettings settings, Path work) {
        this.settings = settings;
        this.record = work.resolve("paused");
    }

    /** Releases writers that a run which was cut off left held. The folder's lock must be held. */
    void settle(Job job) throws IOException {
        if (Files.exists(record)) {
            job.warn("An earlier run was cut off while it held the writers; they are released now.");
            release("resume", job);
        }
    }

    /**
     * Holds the writers.
     *
     * @return whether there is a hook that holds them
     * @throws BackupException {@code UNREACHABLE} when the hook fails; the writers are released again then
     */
    boolean pause(Job job) throws IOException {
        if (settings.pauseHook() == null) {
            return false;
        }
        Files.writeString(record, job.id());
        try {
            call(settings.pauseHook(), "pause", job);
        } catch (IOException e) {
            release("resume", job);
            job.checkCancelled();
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "The writers could not be paused: BACKUP_PAUSE_HOOK failed (" + e.getMessage() + ")",
                    "Correct the hook, or unset BACKUP_PAUSE_HOOK",
                    e);
        }
        job.info("The writers are held.");
        return true;
    }

    /**
     * Calls the resume hook. Its failure does not undo the work that was done, so it is a warning, and the next run tries
     * again.
     *
     * @param event {@code resume}, or {@code restored} after a restore
     */
    void release(String event, Job job) throws IOException {
        if (settings.resumeHook() != null) {
            try {
                call(settings.resumeHook(), event, job);
                job.info("The resume hook was called with event=" + event + ".");
            } catch (IOException e) {
                job.warn("BACKUP_RESUME_HOOK failed (" + e.getMessage()
                        + "). If writers are held, release them by hand; the next run tries again.");
                return;
            }
        }
        Files.deleteIfExists(record);
    }

    private void call(String hook, String event, Job job) throws IOException {
        try {
            if (hook.startsWith("http://") || hook.startsWith("https://")) {
                post(hook, event, job.id(), settings.hookTimeout());
            } else {
                run(hook, event, job, settings.hookTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private static void post(String url, String event, String jobId, Duration timeout)
            throws IOException, InterruptedException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(timeout)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"event\":\"" + event + "\",\"job_id\":\"" + jobId + "\"}"))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException("its URL cannot be used", e);
        }
        HttpResponse<Void> response;
        try {
            response = HttpClient.newBuilder()
                    .connectTimeout(timeout)
                    .build()
                    .send(request, HttpResponse.BodyHandlers.discarding());
        } catch (ConnectException e) {
            throw new IOException("nobody answers there", e); // the original says nothing at all
        }
        if (response.statusCode() / 100 != 2) {
            throw new IOException("it answered " + response.statusCode());
        }
    }

    private static void run(String command, String event, Job job, Duration timeout)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("event", event);
        builder.environment().put("job_id", job.id());
        Process process = builder.start();
        if (event.equals("pause")) {
            // Only holding is given up; releasing must be done, above all when the job was cancelled.
            job.onCancel(() -> end(process));
        }
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            end(process);
            throw new IOException("it did not end within BACKUP_HOOK_TIMEOUT, " + timeout.toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException("it ended with exit code " + process.exitValue());
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
