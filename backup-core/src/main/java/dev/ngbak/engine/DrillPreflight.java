package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adapts the archive of a drill to its scratch stores, and checks that these can take it. Writes to no store. */
final class DrillPreflight {

    private final EngineContext context;
    private final ScratchStores scratch;
    private final DrillEvidence evidence;
    private final Job job;

    /** @param evidence receives the description of each scratch store */
    DrillPreflight(EngineContext context, ScratchStores scratch, DrillEvidence evidence, Job job) {
        this.context = context;
        this.scratch = scratch;
        this.evidence = evidence;
        this.job = job;
    }

    /** Refuses an archive of another system or workspace, because its scopes would be taken from the wrong settings. */
    static void requireSystem(Manifest manifest, EngineContext context) {
        if (!manifest.system().hasSameData(context.sourceSystem())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains the state of " + manifest.system().displayName()
                            + ", but the settings select "
                            + context.sourceSystem().displayName(),
                    "Set " + GraphLayout.SYSTEM.name()
                            + ", and the workspace of the system, to those of the archive for the drill");
        }
    }

    /** Writes the archive again, with the scopes of the scratch stores, if that is needed. */
    VerifiedArchive adapt(VerifiedArchive verified) throws IOException {
        Set<Role> roles = verified.manifest().stores().keySet();
        EngineContext there = context.with(scratch.stores());
        ArchiveAdaptation adaptation = ArchiveAdaptation.toScratch(there, verified, job);
        if (!adaptation.isNeeded(roles)) {
            return verified;
        }
        long free = context.state().freeSpace();
        if (free < verified.archive().size()) {
            throw new BackupException(
                    Kind.NO_SPACE,
                    "The drill writes the archive again under another name, and needs "
                            + Sizes.of(verified.archive().size()) + " on the disk of BACKUP_DIR, where "
                            + Sizes.of(free) + " is free",
                    "Free some space, or set BACKUP_DIR to a larger disk");
        }
        try (ArchiveUpload upload =
                context.state().createPlannedArchive(verified.manifest().backupId())) {
            return adaptation.run(roles, upload);
        } catch (BackupException e) {
            if (e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    e.problem(),
                    "A drill of this archive needs a scratch server: "
                            + e.role().map(scratch::serverAdvice).orElse("see docs/DRILL.md"),
                    e);
        }
    }

    /**
     * Proves that the scratch stores are empty, that they can take the archive, and that their plugins can remove it again.
     *
     * @return the stores for the journal
     */
    Map<Role, DrillJournal.Store> check(VerifiedArchive adapted) {
        Map<Role, DrillJournal.Store> stores = new EnumMap<>(Role.class);
        List<BackupException> problems = new ArrayList<>();
        for (var store : adapted.manifest().stores().entrySet()) {
            Role role = store.getKey();
            job.checkCancelled();
            scratch.requireEmpty(role);
            problems.addAll(problems(role, store.getValue(), adapted.manifest()));
            stores.put(role, new DrillJournal.Store(store.getValue().backend(), scratch.target(role)));
        }
        if (!problems.isEmpty()) {
            throw StoreRegistry.joined(problems);
        }
        // A plugin that cannot do this refuses now, while there is nothing to remove.
        stores.keySet().forEach(role -> DrillCleanup.clear(scratch, role));
        return stores;
    }

    private List<BackupException> problems(Role role, Manifest.Store store, Manifest manifest) {
        String folder = role.folder(store.backend());
        long bytes = manifest.files().stream()
                .filter(entry -> entry.path().startsWith(folder))
                .mapToLong(entry -> entry.size())
                .sum();
        return Errors.inStore(role, "the scratch store of " + role.id() + " was being inspected", () -> {
            try (RestoreSession session = scratch.stores().openRestore(role)) {
                evidence.target(role, session.info(), scratch.target(role), scratch.isOwnScope(role));
                return session.problems(store.info(), store.summary().records(), bytes);
            }
        });
    }
}
