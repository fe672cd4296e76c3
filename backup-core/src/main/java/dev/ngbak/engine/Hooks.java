package dev.ngbak.engine;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Calls the operator's hooks that pause and resume the writers: a URL to post to, or a command for {@code sh -c}. A file in
 * the state directory marks paused writers, so that a later job resumes them if this process dies.
 */
final class Hooks {

    private final EngineSettings settings;
    private final Path record;

    Hooks(EngineSettings settings, Path work) {
        this.settings = settings;
        this.record = work.resolve("paused");
    }

    /** Resumes writers that an interrupted job left paused. The repository's lock must be held. */
    void settle(Job job) throws IOException {
        if (Files.exists(record)) {
            job.warn("An earlier job was interrupted while the writers were paused; they are resumed now.");
            release("resume", job);
        }
    }

    /**
     * Calls the pause hook.
     *
     * @return false if there is no such hook
     * @throws BackupException {@code UNREACHABLE} if the hook fails; in that case, the resume hook has been called, too
     */
    boolean pause(Job job) throws IOException {
        if (settings.pauseHook() == null) {
            return false;
        }
        PrivateFiles.write(record, job.id());
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
        job.info("The writers are paused.");
        return true;
    }

    /**
     * Calls the resume hook. A failure only causes a warning, because the work is done and the next job tries again.
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
                        + "). Resume the writers by hand if they are paused; the next job tries again.");
                return;
            }
        }
        Files.deleteIfExists(record);
    }

    private void call(String hook, String event, Job job) throws IOException {
        try {
            if (HttpPost.isUrl(hook)) {
                String body = "{\"event\":\"" + event + "\",\"job_id\":\"" + job.id() + "\"}";
                HttpPost.send(hook, "application/json", body, settings.hookTimeout());
            } else {
                run(hook, event, job, settings.hookTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
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
            // A cancelled job gives up pausing, but it must resume the writers.
            job.onCancel(() -> end(process));
        }
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            end(process);
            throw new IOException("it did not end within BACKUP_HOOK_TIMEOUT, which is " + timeout.toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException("exit code " + process.exitValue());
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
