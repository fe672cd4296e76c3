package dev.ngbak.repository;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.List;
import java.util.Optional;

/**
 * What retention does with the archives of one system and workspace.
 *
 * @param policy the rules
 * @param decisions one for each archive that retention looks at, the newest first
 * @param loss the loss of data that the newest archive shows; then every archive stays
 */
public record RetentionPlan(KeepPolicy policy, List<Decision> decisions, Optional<DataLoss> loss) {

    public RetentionPlan {
        decisions = List.copyOf(decisions);
    }

    /**
     * What happens to an archive.
     *
     * @param kept whether it stays
     * @param reasons why it stays, or why it goes
     */
    public record Decision(ArchiveInfo archive, boolean kept, List<String> reasons) {

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

    /**
     * Refuses to delete anything while there is a loss of data.
     *
     * @throws BackupException {@code LOCKED} if there is one
     */
    public void requireNoLoss() {
        loss.ifPresent(found -> {
            throw new BackupException(
                    Kind.LOCKED,
                    "The newest backup " + found.now().id() + " contains less than half of what "
                            + found.before().id() + " contains: " + found.text()
                            + ". No archive is deleted, because the system may be broken",
                    found.remedy());
        });
    }
}
