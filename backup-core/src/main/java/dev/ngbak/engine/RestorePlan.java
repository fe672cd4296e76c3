package dev.ngbak.engine;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a restore would do: the same object for a dry run, for the question before the real run, and for the run itself.
 *
 * @param archive which was read whole and is what it says
 * @param targets the stores that would be replaced
 * @param archived what the archive holds, by the names of a manifest's statistics
 * @param live what the stores hold now, by the same names; a store that cannot be read counts nothing, and a warning says so
 * @param contents how the live content compares with the archive's; empty when only counts were compared
 * @param problems what keeps the restore from being run; empty when nothing does
 * @param problemKind of the first of the problems, or {@code null}
 * @param warnings what to know before it is run
 */
public record RestorePlan(
        ArchiveInfo archive,
        Map<Role, Target> targets,
        Map<String, Long> archived,
        Map<String, Long> live,
        Map<Role, Content> contents,
        List<String> problems,
        Kind problemKind,
        List<String> warnings) {

    /**
     * A store that would be replaced.
     *
     * @param backend what the settings name, such as {@code neo4j}
     * @param place the address and the scope in one line for people, without secrets
     * @param scope the part of the store that belongs to the system: setting or member name to value, without secrets;
     *     empty for a store that could not be reached
     */
    public record Target(String backend, String place, Map<String, String> scope) {

        public Target {
            scope = Collections.unmodifiableMap(new LinkedHashMap<>(scope));
        }
    }

    /** How the content of a live store compares with the archive. */
    public enum Content {
        EQUAL,
        DIFFERENT,
        /** One of the two has no content digest, or the live store cannot be read. */
        UNKNOWN
    }

    public RestorePlan {
        Map<Role, Target> inOrder = new EnumMap<>(Role.class);
        inOrder.putAll(targets);
        targets = Collections.unmodifiableMap(inOrder);
        contents = Map.copyOf(contents);
        archived = Collections.unmodifiableMap(new LinkedHashMap<>(archived));
        live = Collections.unmodifiableMap(new LinkedHashMap<>(live));
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    /** The stores that would be replaced. */
    public Set<Role> roles() {
        return targets.keySet();
    }

    /** By how much each count would change, by the same names. */
    public Map<String, Long> changes() {
        Map<String, Long> changes = new LinkedHashMap<>();
        archived.forEach((name, count) -> changes.put(name, count - live.getOrDefault(name, 0L)));
        live.forEach((name, count) -> changes.putIfAbsent(name, -count));
        return changes;
    }
}
