package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a restore: what it would change. The same object serves a dry run, the confirmation, and the restore
 * itself.
 *
 * @param archive the archive, which was verified
 * @param workspace the workspace that would be replaced; {@code null} for the unnamed one, or if the system has none
 * @param targets the stores that would be replaced
 * @param archived the counts in the archive, by the names of a manifest's statistics
 * @param live the present counts, by the same names; a store that cannot be read counts as empty and causes a warning
 * @param contents how the present content compares with that of the archive; empty if only counts were compared
 * @param problems the reasons why the restore cannot run
 * @param problemKind the kind of the first problem, or {@code null}
 * @param warnings what a user should know before the restore runs
 */
public record RestorePlan(
        ArchiveInfo archive,
        @Nullable String workspace,
        Map<Role, Target> targets,
        Map<String, Long> archived,
        Map<String, Long> live,
        Map<Role, Content> contents,
        List<String> problems,
        @Nullable Kind problemKind,
        List<String> warnings) {

    /**
     * A store that would be replaced.
     *
     * @param backend the backend that the settings select, such as {@code neo4j}
     * @param place the address and the scope in one line, without secrets
     * @param scope the part of the store that belongs to the system: setting or member name to value, without secrets;
     *     empty if the store could not be reached
     */
    public record Target(String backend, String place, Map<String, String> scope) {

        public Target {
            scope = Collections.unmodifiableMap(new LinkedHashMap<>(scope));
        }
    }

    /** How the present content of a store compares with the archive. */
    public enum Content {
        EQUAL,
        DIFFERENT,
        /** The store or the archive has no content digest, or the store cannot be read. */
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

    /** Returns the stores that would be replaced. */
    public Set<Role> roles() {
        return targets.keySet();
    }

    /** Returns by how much each count would change. */
    public Map<String, Long> changes() {
        Map<String, Long> changes = new LinkedHashMap<>();
        archived.forEach((name, count) -> changes.put(name, count - live.getOrDefault(name, 0L)));
        live.forEach((name, count) -> changes.putIfAbsent(name, -count));
        return changes;
    }
}
