package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.layout.Statistics;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads an archive from its first byte to its last, and checks every digest, every name and every record. */
final class ArchiveVerifier {

    private final ReadableArchive archive;
    private final StoreRegistry stores;
    private final Job job;
    private final Map<Role, StoreSummary> summaries = new EnumMap<>(Role.class);
    private final List<String> warnings = new ArrayList<>();

    private ArchiveVerifier(ReadableArchive archive, StoreRegistry stores, Job job) {
        this.archive = archive;
        this.stores = stores;
        this.job = job;
    }

    /**
     * Verifies an archive. Warns about records that cannot be decoded, because there is no plugin or the form is opaque.
     *
     * @throws BackupException {@code CORRUPT} if the archive does not match its manifest
     */
    static VerifiedArchive run(ReadableArchive archive, StoreRegistry stores, Job job) throws IOException {
        return new ArchiveVerifier(archive, stores, job).run();
    }

    private VerifiedArchive run() throws IOException {
        ArchiveInfo info;
        Set<Role> interleaved = EnumSet.noneOf(Role.class);
        try (ArchiveReader reader = ArchiveReader.open(archive, job::checkCancelled)) {
            Manifest manifest = reader.manifest();
            info = ArchiveInfo.of(archive, reader);
            ManifestEntry entry = reader.next();
            while (entry != null) {
                job.checkCancelled();
                Role role = StoreSource.roleOf(entry, manifest).orElse(null);
                StorageRestorer restorer = role == null ? null : restorer(manifest, role);
                if (restorer != null && !summaries.containsKey(role)) {
                    summaries.put(role, read(restorer, StoreSource.contiguous(reader, role), job.progress(role)));
                    entry = reader.current() == entry ? reader.next() : reader.current();
                    continue;
                }
                if (restorer != null) {
                    interleaved.add(role);
                }
                entry = skip(reader);
            }
        }
        for (Role role : interleaved) {
            try (ArchiveReader reader = ArchiveReader.open(archive, job::checkCancelled)) {
                reader.next();
                StorageRestorer restorer = restorer(reader.manifest(), role);
                summaries.put(role, read(restorer, StoreSource.interleaved(reader, role), job.progress(role)));
            }
        }
        compare(info.manifest());
        if (info.manifest().isOfOtherTool()) {
            warnings.addAll(
                    OtherToolReport.sentences(info.manifest(), stores.layout(), decodedCounts(info.manifest())));
            info = info.with(OtherToolReport.withCounts(info.manifest(), stores.layout(), summaries));
        } else {
            compareStatistics(info.manifest());
        }
        info.idWarning().ifPresent(warnings::add);
        return new VerifiedArchive(archive, new VerificationReport(info, summaries.keySet(), warnings), interleaved);
    }

    /** Reads a file of any size without decoding it. */
    private ManifestEntry skip(ArchiveReader reader) throws IOException {
        InputStream content = reader.content();
        byte[] buffer = new byte[1 << 16];
        while (content.read(buffer) >= 0) {
            job.checkCancelled();
        }
        return reader.next();
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

    private void compare(Manifest manifest) throws IOException {
        for (var entry : manifest.stores().entrySet()) {
            Role role = entry.getKey();
            Manifest.Store store = entry.getValue();
            if (restorer(manifest, role) == null) {
                warnings.add(
                        "The records of the " + role.id() + " store were not decoded, because there is no plugin for "
                                + store.backend() + ". The digests of the files are correct.");
                continue;
            }
            StoreSummary found = summaries.get(role);
            if (found == null) {
                found = read(restorer(manifest, role), StoreSource.empty(store.info()), Progress.NONE);
                summaries.put(role, found);
            }
            warnings.addAll(found.warnings());
            if (found.records() < 0) {
                warnings.add("The records of the " + role.id()
                        + " store were not decoded, because only the store can decode their"
                        + " form. The digests of the files are correct.");
                summaries.remove(role);
                continue;
            }
            String difference = SummaryComparison.difference(store.summary(), found);
            if (difference != null) {
                throw ArchiveReader.refused(
                        archive,
                        "the records of the " + role.id() + " store do not match its manifest (" + difference + ")",
                        null);
            }
        }
    }

    /**
     * Checks the statistics against the decoded records, or, for a store that was not decoded, against the counts in
     * the manifest.
     */
    private void compareStatistics(Manifest manifest) {
        Statistics.contradictions(stores.layout(), manifest.statistics(), decodedCounts(manifest)).stream()
                .findFirst()
                .ifPresent(contradiction -> {
                    throw ArchiveReader.refused(archive, contradiction, null);
                });
    }

    private Map<Role, StoreCounts> decodedCounts(Manifest manifest) {
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
        return counts;
    }
}
