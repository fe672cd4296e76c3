package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.Statistics;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a user should know about an archive that nano-graphrag's own backup tool made. The plugins add what they know. */
final class OtherToolReport {

    private OtherToolReport() {}

    /** @param counts of the stores whose records were decoded */
    static List<String> sentences(Manifest manifest, GraphLayout layout, Map<Role, StoreCounts> counts) {
        List<String> sentences = new ArrayList<>();
        sentences.add(
                "Nano-graphrag's own backup tool made this archive. Its one checksum, which is correct, covers the names"
                        + " and the bytes of all files together. The archive has no digest of a single file or store, no number of"
                        + " records and no version of a server, and nobody checked that the stores stood still together.");
        sentences.add(
                "The archive contains the configuration with its passwords in clear text: keep it private. A restore does"
                        + " not use them.");
        Statistics.contradictions(layout, manifest.statistics(), counts)
                .forEach(contradiction -> sentences.add("The archive contradicts itself: " + contradiction
                        + ". The tool counted the live stores after the backup."));
        String unchecked = manifest.statistics().keySet().stream()
                .filter(name -> !layout.statistics(Map.of()).containsKey(name))
                .map(name -> name + " " + manifest.statistics().get(name))
                .collect(Collectors.joining(", "));
        if (!unchecked.isEmpty()) {
            sentences.add(
                    "These numbers in its statistics were not checked, and a restore ignores them: " + unchecked + ".");
        }
        return sentences;
    }

    /** Returns the manifest with what was found in the archive, in place of what the tool stated. */
    static Manifest withCounts(Manifest manifest, GraphLayout layout, Map<Role, StoreSummary> found) {
        Map<Role, Manifest.Store> stores = new EnumMap<>(Role.class);
        Map<Role, StoreCounts> counts = new EnumMap<>(Role.class);
        manifest.stores().forEach((role, store) -> {
            StoreSummary summary = found.getOrDefault(role, store.summary());
            stores.put(role, new Manifest.Store(store.backend(), store.info(), summary, store.names()));
            counts.put(role, summary.counts());
        });
        return new Manifest(
                manifest.backupId(),
                manifest.createdAt(),
                manifest.createdBy(),
                manifest.system(),
                manifest.note(),
                layout.statistics(counts),
                stores,
                manifest.consistency(),
                manifest.durationMs(),
                manifest.files(),
                manifest.checksum());
    }
}
