package dev.ngbak.check;

import dev.ngbak.check.EntitySample.Miss;
import dev.ngbak.check.RecordScan.HiddenRecordsException;
import dev.ngbak.engine.SystemRecords;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks whether the archive lacks the same parts of entities as the live stores. */
final class MissReview {

    private final EntitySample sample;
    private final RecordInterpreter interpreter;
    private final SystemRecords archived;

    MissReview(EntitySample sample, SystemRecords archived) {
        this.sample = sample;
        this.interpreter = sample.interpreter();
        this.archived = archived;
    }

    /**
     * Returns warnings about parts that are, or may be, missing in the archive too.
     *
     * @throws BackupException for the first missing part that the archive contains
     */
    List<String> warnings() throws IOException {
        List<String> missing = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Role role : Role.values()) {
            List<Miss> misses =
                    sample.misses().stream().filter(miss -> miss.role() == role).toList();
            if (misses.isEmpty()) {
                continue;
            }
            try {
                requireNone(archived(role, misses), role);
                misses.forEach(miss -> missing.add(miss.text()));
            } catch (HiddenRecordsException e) {
                misses.forEach(miss -> unknown.add(miss.text()));
            }
        }
        List<String> warnings = new ArrayList<>();
        warn(
                warnings,
                missing,
                "The archive lacks the same data, so it was already missing when the backup was made. Run ngbak check for"
                        + " details.");
        warn(
                warnings,
                unknown,
                "ngbak cannot tell whether this data was already missing when the backup was made, because it cannot read"
                        + " all records of this store in the archive.");
        return warnings;
    }

    private static void warn(List<String> warnings, List<String> texts, String meaning) {
        if (!texts.isEmpty()) {
            String more = texts.size() == 1 ? "" : ", and " + (texts.size() - 1) + " more like it";
            warnings.add("Sample query: " + texts.get(0) + more + ". " + meaning);
        }
    }

    private static void requireNone(List<Miss> archived, Role role) {
        if (!archived.isEmpty()) {
            throw new BackupException(
                            Kind.INTERNAL,
                            "the sample query failed: " + archived.get(0).text() + ", although the archive contains it",
                            "Check whether something else writes to the " + role.id()
                                    + " store, and whether that store is healthy")
                    .withRole(role);
        }
    }

    /** Returns the missing parts that the archive contains. */
    private List<Miss> archived(Role role, List<Miss> misses) throws IOException {
        Set<String> keys = misses.stream().map(Miss::key).collect(Collectors.toSet());
        RecordScan scan = new RecordScan(archived, role);
        return switch (role) {
            case VECTOR -> withKeys(misses, findable(scan, keys));
            case GRAPH -> withKeys(misses, nodes(scan, keys));
            case KV -> entries(scan, misses);
        };
    }

    private static List<Miss> withKeys(List<Miss> misses, Set<String> keys) {
        return misses.stream().filter(miss -> keys.contains(miss.key())).toList();
    }

    /** Returns the entities that a search in the archive finds first. */
    private Set<String> findable(RecordScan scan, Set<String> entities) throws IOException {
        List<Probe> probes = sample.probes().stream()
                .filter(probe -> entities.contains(probe.entity()))
                .toList();
        return Neighbours.search(new FullScanSearch(scan, interpreter), probes).stream()
                .filter(Neighbours::isEntityFirst)
                .map(Neighbours::entity)
                .collect(Collectors.toSet());
    }

    /** Returns the entities that have a node in the archive. */
    private Set<String> nodes(RecordScan scan, Set<String> entities) throws IOException {
        Set<String> wanted = new HashSet<>();
        entities.forEach(entity -> wanted.addAll(interpreter.nodeNames(entity)));
        Set<String> found = new HashSet<>();
        FullScanLookup nodes = new FullScanLookup(scan, interpreter, 0);
        nodes.nodes(wanted, new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
                interpreter.node(id, labels, properties).name().ifPresent(found::add);
            }
        });
        return entities.stream()
                .filter(entity -> interpreter.nodeNames(entity).stream().anyMatch(found::contains))
                .collect(Collectors.toSet());
    }

    private List<Miss> entries(RecordScan scan, List<Miss> misses) throws IOException {
        // An entry that expired since the backup is missing for a good reason.
        FullScanLookup entries = new FullScanLookup(scan, interpreter, System.currentTimeMillis());
        Map<String, Set<String>> keysOfNamespaces = misses.stream()
                .collect(Collectors.groupingBy(Miss::namespace, Collectors.mapping(Miss::key, Collectors.toSet())));
        List<Miss> found = new ArrayList<>();
        for (var keys : keysOfNamespaces.entrySet()) {
            Set<String> existing = EntitySample.existing(entries, keys.getKey(), keys.getValue());
            misses.stream()
                    .filter(miss -> miss.namespace().equals(keys.getKey()) && existing.contains(miss.key()))
                    .forEach(found::add);
        }
        return found;
    }
}
