package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.layout.Statistics;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads an archive from its first byte to its last: every digest, every name, every record. What it cannot decode, for
 * want of a plugin or because the form is opaque, it says.
 */
final class ArchiveVerifier {

    private final Path file;
    private final ArchiveIndex index;
    private final StoreRegistry stores;
    private final Job job;
    private final Map<Role, StoreSummary> summaries = new EnumMap<>(Role.class);
    private final List<String> warnings = new ArrayList<>();

    private ArchiveVerifier(Path file, ArchiveIndex index, StoreRegistry stores, Job job) {
        this.file = file;
        this.index = index;
        this.stores = stores;
        this.job = job;
    }

    /**
     * @param index empty; later passes over the same archive can be given it
     * @throws BackupException {@code CORRUPT} when the archive is not what its manifest says
     */
    static VerificationReport run(Path file, ArchiveIndex index, StoreRegistry stores, Job job) throws IOException {
        return new ArchiveVerifier(file, index, stores, job).run();
    }

    private VerificationReport run() throws IOException {
        ArchiveInfo info;
        Set<Role> scattered = EnumSet.noneOf(Role.class);
        try (ArchiveReader archive = ArchiveReader.open(new ArchiveFile(file), index, job::checkCancelled)) {
            Manifest manifest = archive.manifest();
            info = ArchiveFolder.info(file, archive);
            ManifestEntry entry = archive.next();
            while (entry != null) {
                job.checkCancelled();
                Role role = roleOf(entry.path(), manifest);
                StorageRestorer restorer = role == null ? null : restorer(manifest, role);
                if (restorer == null) {
                    entry = next(archive);
                } else if (summaries.containsKey(role)) {
                    // Somebody packed it again in another order: this store needs a pass of its own.
                    scattered.add(role);
                    entry = next(archive);
                } else {
                    summaries.put(role, read(restorer, new StoreSource(archive, role, false), job.progress(role)));
                    entry = archive.current() == entry ? archive.next() : archive.current();
                }
            }
        }
        for (Role role : scattered) {
            try (ArchiveReader archive = ArchiveReader.open(new ArchiveFile(file), index, job::checkCancelled)) {
                archive.next();
                StorageRestorer restorer = restorer(archive.manifest(), role);
                summaries.put(role, read(restorer, new StoreSource(archive, role, true), job.progress(role)));
            }
        }
        compare(info.manifest());
        compareStatistics(info.manifest());
        if (info.idWarning() != null) {
            warnings.add(info.idWarning());
        }
        return new VerificationReport(info, summaries.keySet(), warnings);
    }

    /** Passes over a file of any size, unless the job is cancelled on the way. */
    private ManifestEntry next(ArchiveReader archive) throws IOException {
        InputStream content = archive.content();
        byte[] buffer = new byte[1 << 16];
        while (content.read(buffer) >= 0) {
            job.checkCancelled();
        }
        return archive.next();
    }

    private StorageRestorer restorer(Manifest manifest, Role role) {
        return stores.restorer(role, manifest.stores().get(role).backend());
    }

    private StoreSummary read(StorageRestorer restorer, EntrySource source, Progress progress) {
        return Errors.inPlugin("the archive's " + restorer.role().id() + " was being decoded", () -> {
            RecordDigester records = RecordDigester.digesting();
            restorer.read(source, stores.settings(), records, progress);
            return records.summary();
        });
    }

    private static Role roleOf(String path, Manifest manifest) {
        for (var store : manifest.stores().entrySet()) {
            if (path.startsWith(store.getKey().folder(store.getValue().backend()))) {
                return store.getKey();
            }
        }
        return null;
    }

    private void compare(Manifest manifest) throws IOException {
        for (var entry : manifest.stores().entrySet()) {
            Role role = entry.getKey();
            Manifest.Store store = entry.getValue();
            if (restorer(manifest, role) == null) {
                warnings.add("The records of " + role.id() + " were not decoded: there is no plugin for "
                        + store.backend() + " here. The files' digests are right.");
                continue;
            }
            StoreSummary found = summaries.get(role);
            if (found == null) {
                // No file at all: decode the empty store.
                found = read(restorer(manifest, role), new NoFiles(store.info()), Progress.NONE);
                summaries.put(role, found);
            }
            warnings.addAll(found.warnings());
            if (found.records() < 0) {
                warnings.add("The records of " + role.id() + " lie in a form that is carried as it is: its files'"
                        + " digests are right, its records were not decoded.");
                summaries.remove(role);
                continue;
            }
            String difference = SummaryComparison.difference(store.summary(), found);
            if (difference != null) {
                throw ArchiveReader.refused(
                        new ArchiveFile(file),
                        "the records of " + role.id() + " are not those of its manifest (" + difference + ")",
                        null);
            }
        }
    }

    /** Where records were not decoded, the manifest's own counts must at least agree with its statistics. */
    private void compareStatistics(Manifest manifest) {
        Map<Role, StoreCounts> counts = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            Manifest.Store store = manifest.stores().get(role);
            if (store == null) {
                counts.put(role, StoreCounts.NONE);
            } else if (summaries.containsKey(role)) {
                counts.put(role, summaries.get(role).counts());
            } else if (!store.summary().counts().counts().isEmpty()) {
                counts.put(role, store.summary().counts());
            }
        }
        Statistics.contradiction(stores.layout(), manifest.statistics(), counts).ifPresent(contradiction -> {
            throw ArchiveReader.refused(new ArchiveFile(file), contradiction, null);
        });
    }

    private record NoFiles(StoreInfo archived) implements EntrySource {
        @Override
        public void forEach(Visitor visitor) {}
    }
}
