package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Exports the stores at the same time, each in a thread of its own. The first that fails stops the others. */
final class ParallelExport {

    /** How long a session may take to come back after it was told to. */
    private static final long PATIENCE_SECONDS = 30;

    private final Job job;

    ParallelExport(Job job) {
        this.job = job;
    }

    private record Exported(Role role, StoreSummary summary) {}

    /** How one store is exported. */
    interface Export {
        StoreSummary run(Role role, ExportSession session) throws IOException;
    }

    Map<Role, StoreSummary> export(Map<Role, ExportSession> sessions, Export export) {
        ExecutorService threads = Executors.newFixedThreadPool(sessions.size(), task -> {
            Thread thread = new Thread(task, "ngbak-export");
            thread.setDaemon(true);
            return thread;
        });
        ExecutorCompletionService<Exported> ends = new ExecutorCompletionService<>(threads);
        sessions.forEach((role, session) -> ends.submit(() -> {
            long start = System.nanoTime();
            StoreSummary summary = Errors.inStore(
                    role, "the " + role.id() + " store was being exported", () -> export.run(role, session));
            job.info(role.id() + ": "
                    + (summary.records() < 0 ? "exported" : Sizes.count(summary.records(), "records")) + " in "
                    + Sizes.seconds(System.nanoTime() - start) + ".");
            return new Exported(role, summary);
        }));
        threads.shutdown();
        Map<Role, StoreSummary> summaries = new EnumMap<>(Role.class);
        BackupException failure = null;
        for (int open = sessions.size(); open > 0; open--) {
            BackupException next = await(ends, summaries, failure != null);
            if (next != null && failure == null) {
                failure = next;
                sessions.values().forEach(ExportSession::abort);
                threads.shutdownNow();
            }
            if (next != null && next.kind() == Kind.INTERNAL && next.getCause() instanceof StuckException) {
                break;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return summaries;
    }

    private BackupException await(
            ExecutorCompletionService<Exported> ends, Map<Role, StoreSummary> summaries, boolean stopping) {
        try {
            Future<Exported> end = next(ends, stopping);
            if (end == null) {
                return new BackupException(
                        Kind.INTERNAL,
                        "A store did not come back within " + PATIENCE_SECONDS + " s of being told to stop",
                        "",
                        new StuckException());
            }
            Exported exported = end.get();
            summaries.put(exported.role(), exported.summary());
            return null;
        } catch (ExecutionException e) {
            // What an aborted call throws is its driver's business; that it was cancelled is ours.
            Throwable cause = job.isCancelled() ? new CancellationException() : e.getCause();
            return Errors.explain(cause, "the stores were being exported");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Errors.explain(new CancellationException(), "the stores were being exported");
        }
    }

    /** {@code null} when a thread that was told to stop, by us or by a cancel, does not. */
    private Future<Exported> next(ExecutorCompletionService<Exported> ends, boolean stopping)
            throws InterruptedException {
        boolean told = stopping;
        while (true) {
            Future<Exported> end = ends.poll(told ? PATIENCE_SECONDS : 1, TimeUnit.SECONDS);
            if (end != null || told) {
                return end;
            }
            told = job.isCancelled();
        }
    }

    private static final class StuckException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
