package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.Role;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A drill that passed: the archive was restored into scratch stores, proved, and removed.
 *
 * @param archive the archive, which was verified
 * @param proofs for each store, how it was proved equal to the archive, as in {@link RestoreResult}
 * @param sample the answers to the sample query; empty if it does not apply, in which case the log says why
 * @param outcome the outcome that the repository keeps, or {@code null} if the archive is not in the repository
 * @param evidence the evidence as Markdown
 */
public record DrillResult(
        ArchiveInfo archive,
        Map<Role, String> proofs,
        List<SampleAnswer> sample,
        @Nullable DrillOutcome outcome,
        String evidence) {

    public DrillResult {
        proofs = Map.copyOf(proofs);
        sample = List.copyOf(sample);
    }
}
