package dev.ngbak.repository;

import java.util.List;

/**
 * What retention does with the archives of one system and workspace.
 *
 * @param policy the rules
 * @param decisions one for each archive that retention looks at, the newest first
 */
public record RetentionPlan(KeepPolicy policy, List<Decision> decisions) {

    public RetentionPlan {
        decisions = List.copyOf(decisions);
    }

    /**
     * What happens to an archive.
     *
     * @param kept whether it stays
     * @param reasons why it stays, or why it goes
     * @param spared whether only the loss of data since then keeps it
     */
    public record Decision(ArchiveInfo archive, boolean kept, List<String> reasons, boolean spared) {

        public Decision {
            reasons = List.copyOf(reasons);
        }
    }

    /** Returns the archives to delete, the newest first. */
    public List<ArchiveInfo> deletions() {
        return decisions.stream()
                .filter(decision -> !decision.kept())
                .map(Decision::archive)
                .toList();
    }

    /** Returns the archives that only the loss of data since then keeps. */
    public List<ArchiveInfo> spared() {
        return decisions.stream()
                .filter(Decision::spared)
                .map(Decision::archive)
                .toList();
    }
}
