package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes an archive again as a backup of the configured stores would have been, if they had contained its state. A restore of
 * the result is therefore an ordinary one: the engine replaces and proves stores in only one way.
 */
final class ArchiveAdaptation {

    private final EngineContext context;
    private final VerifiedArchive original;
    private final RestoreTarget target;
    private final boolean scratch;
    private final Job job;
    private final LossReport losses = new LossReport();
    private final List<StoreConversion> conversions = new ArrayList<>();

    /** @param context of the target */
    ArchiveAdaptation(EngineContext context, VerifiedArchive original, RestoreTarget target, Job job) {
        this(context, original, target, false, job);
    }

    private ArchiveAdaptation(
            EngineContext context, VerifiedArchive original, RestoreTarget target, boolean scratch, Job job) {
        this.context = context;
        this.original = original;
        this.target = target;
        this.scratch = scratch;
        this.job = job;
    }

    /** Returns the adaptation to the scratch stores of a drill. */
    static ArchiveAdaptation toScratch(EngineContext context, VerifiedArchive original, Job job) {
        return new ArchiveAdaptation(context, original, RestoreTarget.SAME, true, job);
    }

    /** Returns whether a store of the archive differs from the one that the restore replaces. */
    boolean isNeeded(Set<Role> roles) {
        return roles.stream().anyMatch(role -> isConverted(role) || isRewritten(role));
    }

    /**
     * Writes the archive.
     *
     * @param upload receives it
     */
    VerifiedArchive run(Set<Role> roles, ArchiveUpload upload) throws IOException {
        job.begin(Phase.ADAPTING);
        // The archive is a working copy in the state directory, which readers take as it is.
        try (ArchiveWriter writer = context.newWriter(upload, ArchiveProtection.NONE);
                ArchiveAssembly assembly = new ArchiveAssembly(context, ArchiveProtection.NONE, writer, job)) {
            Map<Role, Manifest.Store> stores = new EnumMap<>(Role.class);
            original.forEachStore(
                    roles, job::checkCancelled, (role, source) -> stores.put(role, adapt(role, source, writer)));
            writer.putConfig(context.configCopy());
            assembly.write(manifest(stores, writer), upload);
            ReadableArchive adapted = upload.commit(written -> job.checkCancelled());
            VerifiedArchive verified = ArchiveVerifier.run(adapted, context.stores(), job);
            for (StoreConversion conversion : conversions) {
                conversion.prove(verified);
            }
            return verified;
        }
    }

    /** Returns what the target cannot hold exactly: whole sentences for the plan. */
    List<String> warnings() {
        return losses.sentences();
    }

    private Manifest manifest(Map<Role, Manifest.Store> stores, ArchiveWriter writer) {
        Manifest from = original.manifest();
        SourceSystem system = context.sourceSystem();
        return new Manifest(
                from.backupId(),
                from.createdAt(),
                "ngbak " + Version.text(),
                new SourceSystem(system.name(), from.system().version(), system.workspace()),
                from.note(),
                context.stores().layout().statistics(new CaptureResult(stores, from.consistency(), Map.of()).counts()),
                stores,
                from.consistency(),
                from.durationMs(),
                writer.files(),
                Manifest.checksumOf(writer.files()));
    }

    private boolean isOfOtherTool() {
        return original.manifest().isOfOtherTool();
    }

    private boolean isConverted(Role role) {
        return target.convert() && !hasBackend(role);
    }

    /** Returns whether a store keeps its backend, but its records change. */
    private boolean isRewritten(Role role) {
        if (!hasBackend(role)) {
            return false;
        }
        boolean elsewhere =
                scratch || target.workspace() != null || !target.paths().isEmpty();
        return isOfOtherTool()
                || elsewhere && restorer(role).isRewritten(archived(role).info(), rewriting());
    }

    private boolean hasBackend(Role role) {
        return context.stores().backend(role).equals(archived(role).backend());
    }

    private StorageRestorer restorer(Role role) {
        return context.stores().restorer(role, context.stores().backend(role));
    }

    private Rewriting rewriting() {
        return new Rewriting(context.stores().settings(), target.paths(), scratch);
    }

    private Manifest.Store archived(Role role) {
        return original.manifest().stores().get(role);
    }

    private Manifest.Store adapt(Role role, EntrySource source, ArchiveWriter writer) {
        return Errors.inStore(role, "the archived " + role.id() + " store was being adapted", () -> {
            String backend = context.stores().backend(role);
            EntrySink sink = writer.sink(role, backend);
            RecordDigester records = RecordDigester.digesting();
            StoreInfo info;
            if (isConverted(role)) {
                requireNoPaths(role);
                StoreConversion conversion = new StoreConversion(context, original, role, job);
                conversions.add(conversion);
                info = conversion.run(losses.of(role), sink, records);
            } else if (isRewritten(role)) {
                info = restorer(role).rewrite(source, rewriting(), sink, records, job.progress(role));
            } else {
                return copy(role, source, writer);
            }
            StoreSummary summary = records.summary();
            summary.warnings().forEach(job::warn);
            if (scratch && summary.records() < 0) {
                summary = archived(role).summary(); // What was renamed without being decoded has the same records.
            }
            StoreInfo description = new StoreInfo(info.product(), info.version(), info.form(), info.scope(), -1);
            return new Manifest.Store(backend, description, summary, writer.names(role, backend));
        });
    }

    private Manifest.Store copy(Role role, EntrySource source, ArchiveWriter writer) throws IOException {
        source.forEach((entry, content) -> writer.putCopy(role, entry, content::transferTo));
        return archived(role);
    }

    /** Refuses what would need both: paths are replaced in the archived bytes of a value, which a conversion spells differently. */
    private void requireNoPaths(Role role) {
        if (role == Role.KV && !target.paths().isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    "A restore can either replace paths in records (--map-path) or convert them (--convert), not both",
                    "Restore the archive with --map-path into " + archived(role).backend()
                            + ", make a backup of the result, and convert that");
        }
    }
}
