package dev.ngbak.engine;

import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what a restore under another name would replace by mistake. */
final class OccupiedTarget {

    /** How many groups of a store a message names. */
    private static final int MAX_GROUPS = 4;

    private OccupiedTarget() {}

    /**
     * Returns a problem if the workspace of a target contains something that it may not replace.
     *
     * @param live the counts of the stores that can be read
     * @param unreadable the roles of the others, by the reason
     */
    static Optional<BackupException> problem(
            RestoreTarget target,
            Map<Role, StoreCounts> live,
            Map<Role, RestorePlan.Target> stores,
            Map<String, List<String>> unreadable) {
        if (target.workspace() == null || target.replace()) {
            return Optional.empty();
        }
        List<String> found = new ArrayList<>();
        live.forEach((role, counts) -> {
            List<String> groups = counts.counts().entrySet().stream()
                    .filter(group -> group.getValue() > 0)
                    .map(group -> SafeText.forMessage(group.getKey()) + " " + group.getValue())
                    .limit(MAX_GROUPS)
                    .toList();
            if (!groups.isEmpty()) {
                found.add(role.id() + " (" + stores.get(role).place() + ") has " + String.join(", ", groups));
            }
        });
        unreadable.forEach((problem, roles) -> found.add(String.join(", ", roles) + " cannot be read"));
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new BackupException(
                        Kind.INVALID,
                        capitalized(SourceSystem.displayName(target.workspace())) + " is not empty: "
                                + String.join("; ", found),
                        "Choose another name, or add --replace (option replace) to replace what it contains"));
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
