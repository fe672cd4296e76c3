package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.support.RecordViewer;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The records in an archive. Each visit is a pass over the archive. */
final class ArchivedRecords implements SystemRecords {

    private final ReadableArchive archive;
    private final StoreRegistry stores;
    private final Job job;
    private final Function<Role, Progress> progress;
    private final Map<Role, Manifest.Store> opaque = new EnumMap<>(Role.class);

    ArchivedRecords(ReadableArchive archive, StoreRegistry stores, Job job, Function<Role, Progress> progress) {
        this.archive = archive;
        this.stores = stores;
        this.job = job;
        this.progress = progress;
    }

    /** Knows from the verification which stores cannot be decoded, so that no pass looks for their records in vain. */
    ArchivedRecords(VerifiedArchive verified, StoreRegistry stores, Job job) {
        this(verified.archive(), stores, job, role -> Progress.NONE);
        opaque.putAll(verified.manifest().stores());
        opaque.keySet().removeAll(verified.report().decoded());
    }

    @Override
    public Settings settings() {
        return stores.settings();
    }

    @Override
    public Optional<String> visit(Role role, RecordVisitor visitor) {
        if (opaque.containsKey(role)) {
            return Optional.of(opaqueForm(role, opaque.get(role)));
        }
        return Errors.inPlugin("the archived " + role.id() + " store was being read", () -> visitStore(role, visitor));
    }

    private Optional<String> visitStore(Role role, RecordVisitor visitor) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(archive, job::checkCancelled)) {
            Manifest.Store store = reader.manifest().stores().get(role);
            if (store == null) {
                return Optional.of("the archive contains no " + role.id() + " store");
            }
            StorageRestorer restorer = stores.restorer(role, store.backend());
            if (restorer == null) {
                return Optional.of("there is no plugin for " + store.backend());
            }
            reader.next();
            RecordViewer records = new RecordViewer(visitor);
            restorer.read(StoreSource.interleaved(reader, role), stores.settings(), records, progress.apply(role));
            return records.isComplete() ? Optional.empty() : Optional.of(opaqueForm(role, store));
        }
    }

    private static String opaqueForm(Role role, Manifest.Store store) {
        return "the archive contains the " + role.id() + " store in the form "
                + store.info().form() + ", which only " + store.info().product() + " itself can read";
    }

    @Override
    public Optional<Lookup> lookup(Role role) {
        return Optional.empty();
    }

    @Override
    public Set<Role> changed() {
        return Set.of();
    }
}
