package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Removes what a drill made. May be interrupted at any point and run again. The repository's lock must be held. */
final class DrillCleanup {

    private final EngineContext context;
    private final Job job;

    DrillCleanup(EngineContext context, Job job) {
        this.context = context;
        this.job = job;
    }

    /** Removes what a drill of an earlier process left. Warns if that is not possible now: a later job tries again. */
    void settle() throws IOException {
        try {
            settleOrFail();
        } catch (BackupException e) {
            job.warn(e.problem() + ". " + e.remedy() + ".");
        }
    }

    /** Removes what a drill of an earlier process left. Throws if that is not possible now. */
    void settleOrFail() throws IOException {
        var left = DrillJournal.read(context.state());
        if (left.isEmpty()) {
            DrillJournal.delete(context.state());
            return;
        }
        DrillJournal.Pending pending = left.get();
        try {
            Map<Role, String> backends = new EnumMap<>(Role.class);
            pending.stores().forEach((role, store) -> backends.put(role, store.backend()));
            ScratchStores scratch = new ScratchStores(context.stores(), context.state(), pending.name(), backends);
            pending.stores().forEach((role, store) -> requireSame(scratch, role, store));
            remove(pending, scratch);
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "what is left of it was being removed");
            throw new BackupException(
                    why.kind(),
                    pending.description() + " was interrupted, and what is left of it could not be removed: "
                            + why.problem(),
                    (why.remedy().isEmpty() ? "" : why.remedy() + ". ")
                            + "The next job tries again. The live stores are not affected",
                    e);
        }
        job.info(pending.description() + " was interrupted. What was left of it was removed.");
    }

    /** The settings may name other servers than those of the drill. */
    private static void requireSame(ScratchStores scratch, Role role, DrillJournal.Store store) {
        scratch.requireOther(role);
        String now = scratch.target(role);
        if (!now.equals(store.target())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "its " + role.id() + " store was " + store.target() + ", but the settings now name " + now,
                    "Set the variables as they were and run ngbak recover");
        }
    }

    /** Removes everything, then the journal. Tries all stores before it fails. */
    void remove(DrillJournal.Pending pending, ScratchStores scratch) throws IOException {
        List<BackupException> failures = new ArrayList<>();
        for (Role role : pending.stores().keySet()) {
            try {
                clear(scratch, role);
            } catch (BackupException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw StoreRegistry.joined(failures);
        }
        pending.folder().delete();
        context.journalListener().accept("before removed");
        DrillJournal.delete(context.state());
        context.journalListener().accept("after removed");
    }

    /** Empties a scratch store. A plugin that cannot do that throws before it writes anything. */
    static void clear(ScratchStores scratch, Role role) {
        Errors.inStore(role, "the scratch store of " + role.id() + " was being removed", () -> {
            try (RestoreSession session = scratch.stores().openRestore(role)) {
                session.clear();
            }
            return null;
        });
    }
}
