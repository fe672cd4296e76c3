package dev.ngbak.engine;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a restore would do: the same object for a dry run, for the question before the real run, and for the run itself.
 *
 * @param archive which was read whole and is what it says
 * @param roles the stores that would be replaced
 * @param archived what the archive holds, by the names of a manifest's statistics
 * @param live what the stores hold now, by the same names; a store that cannot be read counts nothing, and a warning says so
 * @param problems what keeps the restore from being run; empty when nothing does
 * @param problemKind of the first of the problems, or {@code null}
 * @param warnings what to know before it is run
 */
public record RestorePlan(
        ArchiveInfo archive,
        Set<Role> roles,
        Map<String, Long> archived,
        Map<String, Long> live,
        List<String> problems,
        Kind problemKind,
        List<String> warnings) {

    public RestorePlan {
        archived = Collections.unmodifiableMap(new LinkedHashMap<>(archived));
        live = Collections.unmodifiableMap(new LinkedHashMap<>(live));
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    /** By how much each count would change, by the same names. */
    public Map<String, Long> changes() {
        Map<String, Long> changes = new LinkedHashMap<>();
        archived.forEach((name, count) -> changes.put(name, count - live.getOrDefault(name, 0L)));
        live.forEach((name, count) -> changes.putIfAbsent(name, -count));
        return changes;
    }
}
