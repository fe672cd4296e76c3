package dev.ngbak.repository;

import dev.ngbak.spi.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Counts that shrank by more than half from one archive to a later one, which no user has acknowledged. The system may be
 * broken, and the older archive may be the last good one.
 *
 * @param before the last archive before the loss
 * @param now the newest archive
 * @param counts the counts that shrank
 */
public record DataLoss(ArchiveInfo before, ArchiveInfo now, List<Count> counts) {

    /**
     * A count that shrank.
     *
     * @param name as in the statistics of a manifest
     */
    public record Count(String name, long before, long now) {

        @Override
        public String toString() {
            return name + " " + before + " before, " + now + " now";
        }
    }

    public DataLoss {
        counts = List.copyOf(counts);
    }

    /**
     * Returns the loss that the newest archive shows. Each archive is compared with the last one that showed no loss or was
     * acknowledged, so a slow decrease is no loss, and a loss stays one until it is acknowledged or the data is back.
     *
     * @param newestFirst the archives of one system and workspace, each with a manifest
     */
    public static Optional<DataLoss> find(List<ArchiveInfo> newestFirst) {
        List<ArchiveInfo> archives = new ArrayList<>(newestFirst);
        Collections.reverse(archives);
        ArchiveInfo reference = null;
        List<Count> lost = List.of();
        for (ArchiveInfo archive : archives) {
            lost = reference == null || archive.marks().acknowledged() ? List.of() : compare(reference, archive);
            if (lost.isEmpty()) {
                reference = archive;
            }
        }
        return lost.isEmpty() ? Optional.empty() : Optional.of(new DataLoss(reference, newestFirst.get(0), lost));
    }

    /**
     * Returns the counts that shrank by more than half. If the two archives are of different backends, the counts of collections
     * and namespaces are not compared, because their names may differ.
     */
    public static List<Count> compare(ArchiveInfo before, ArchiveInfo now) {
        Map<String, Long> left = now.manifest().statistics();
        boolean comparable = backends(before).equals(backends(now));
        return before.manifest().statistics().entrySet().stream()
                .filter(count -> comparable || count.getKey().indexOf('.') < 0)
                .map(count -> new Count(count.getKey(), count.getValue(), left.getOrDefault(count.getKey(), 0L)))
                .filter(count -> count.before() - count.now() > count.now())
                .toList();
    }

    private static Map<Role, String> backends(ArchiveInfo archive) {
        Map<Role, String> backends = new EnumMap<>(Role.class);
        archive.manifest().stores().forEach((role, store) -> backends.put(role, store.backend()));
        return backends;
    }

    /** Returns the counts for messages. */
    public String text() {
        return counts.stream().map(Count::toString).collect(Collectors.joining("; "));
    }
}
