package dev.ngbak.repository;

import dev.ngbak.archive.Manifest;
import dev.ngbak.layout.Statistics;
import dev.ngbak.spi.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts that shrank by more than half from one archive to a later one, which no user has acknowledged. The system may be
 * broken, and the older archive may be the last good one.
 *
 * @param before the last archive before the loss; the older one if counts shrank at different times
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
            double change = 100.0 * (now - before) / before;
            return String.format(Locale.ROOT, "%s %,d before, %,d now (%.0f %%)", name, before, now, change);
        }
    }

    public DataLoss {
        counts = List.copyOf(counts);
    }

    /** The last archive in which a count was right, as far as is known. */
    private record Reference(ArchiveInfo archive, long count) {}

    /**
     * Returns the loss that the newest archive shows. Each count is compared with that of the last archive in which it had not
     * shrunk or was acknowledged, so a slow decrease is no loss, and a loss stays one until it is acknowledged or the data is
     * back. A count that an archive does not know, such as that of a store whose records cannot be decoded, changes nothing.
     *
     * @param newestFirst the archives of one system and workspace, each with a manifest
     */
    public static Optional<DataLoss> find(List<ArchiveInfo> newestFirst) {
        List<ArchiveInfo> archives = new ArrayList<>(newestFirst);
        Collections.reverse(archives);
        Map<String, Reference> references = new LinkedHashMap<>();
        Map<String, Long> lost = new LinkedHashMap<>();
        for (ArchiveInfo archive : archives) {
            references.entrySet().removeIf(reference -> isRenamed(reference, archive));
            Set<String> names = new LinkedHashSet<>(references.keySet());
            names.addAll(archive.manifest().statistics().keySet());
            for (String name : names) {
                OptionalLong now = count(archive, name);
                if (now.isPresent()) {
                    Reference reference = references.get(name);
                    boolean hasShrunk = reference != null && reference.count() - now.getAsLong() > now.getAsLong();
                    if (hasShrunk && !archive.marks().acknowledged()) {
                        lost.put(name, now.getAsLong());
                    } else {
                        lost.remove(name);
                        references.put(name, new Reference(archive, now.getAsLong()));
                    }
                }
            }
            lost.keySet().retainAll(references.keySet());
        }
        if (lost.isEmpty()) {
            return Optional.empty();
        }
        List<Count> counts = new ArrayList<>();
        lost.forEach(
                (name, now) -> counts.add(new Count(name, references.get(name).count(), now)));
        ArchiveInfo before = archives.stream()
                .filter(archive -> lost.keySet().stream()
                        .anyMatch(name -> references.get(name).archive().equals(archive)))
                .findFirst()
                .orElseThrow();
        return Optional.of(new DataLoss(before, newestFirst.get(0), counts));
    }

    /** Returns whether an archive is of another backend, in which the collection or namespace may have another name. */
    private static boolean isRenamed(Map.Entry<String, Reference> reference, ArchiveInfo archive) {
        return reference.getKey().indexOf('.') >= 0
                && Statistics.roles(reference.getKey()).stream().anyMatch(role -> {
                    Manifest.Store before =
                            reference.getValue().archive().manifest().stores().get(role);
                    Manifest.Store now = archive.manifest().stores().get(role);
                    return before != null && now != null && !before.backend().equals(now.backend());
                });
    }

    /** Returns a count of an archive; empty if the archive does not know it, which does not mean that there is nothing. */
    private static OptionalLong count(ArchiveInfo archive, String name) {
        Manifest manifest = archive.manifest();
        Long count = manifest.statistics().get(name);
        Set<Role> roles = Statistics.roles(name);
        if (roles.isEmpty()) {
            return count == null ? OptionalLong.empty() : OptionalLong.of(count);
        }
        boolean isKnown = roles.stream().map(manifest.stores()::get).allMatch(DataLoss::isCounted);
        return isKnown ? OptionalLong.of(count == null ? 0 : count) : OptionalLong.empty();
    }

    private static boolean isCounted(Manifest.@Nullable Store store) {
        return store != null
                && (store.summary().records() >= 0
                        || !store.summary().counts().counts().isEmpty());
    }

    /** Returns whether this loss includes a count that the other one does not. */
    public boolean exceeds(Optional<DataLoss> other) {
        Set<String> known = new HashSet<>();
        other.ifPresent(loss -> loss.counts().forEach(count -> known.add(count.name())));
        return counts.stream().anyMatch(count -> !known.contains(count.name()));
    }

    /** Returns what to do about it, without a full stop. */
    public String remedy() {
        return "Check the stores and the settings. If the new state is right, run ngbak acknowledge " + now.id();
    }

    /** Returns the counts for messages. */
    public String text() {
        return counts.stream().map(Count::toString).collect(Collectors.joining("; "));
    }
}
