package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks what a backup needs before it pauses the writers. */
final class BackupPreflight {

    private BackupPreflight() {}

    static void check(Map<Role, ExportSession> sessions, EngineContext context, Job job) throws IOException {
        checkScopes(sessions, job);
        if (context.needsLocalSpace(Operation.BACKUP)) {
            checkSpace(sessions, context, job);
        }
    }

    private static void checkScopes(Map<Role, ExportSession> sessions, Job job) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        for (ExportSession session : sessions.values()) {
            session.scopeProblem().ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            throw StoreRegistry.joined(problems);
        }
        for (ExportSession session : sessions.values()) {
            session.outsideScope().forEach(job::warn);
        }
    }

    private static void checkSpace(Map<Role, ExportSession> sessions, EngineContext context, Job job)
            throws IOException {
        long bytes = 0;
        for (ExportSession session : sessions.values()) {
            bytes += Math.max(0, session.info().bytes());
        }
        BackupException problem =
                SpaceCheck.problem(bytes, context, Operation.BACKUP).orElse(null);
        if (problem != null) {
            throw problem;
        }
        long free = context.state().freeSpace();
        if (free < bytes) {
            job.warn("The stores contain up to " + Sizes.of(bytes) + ", and " + Sizes.of(free)
                    + " is free on the disk of BACKUP_DIR: the backup fits only if it compresses well.");
        }
    }
}
