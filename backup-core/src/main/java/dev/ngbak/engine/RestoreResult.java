package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A restore that is finished and proved.
 *
 * @param proofs for each store, how it was proved equal to the archive: by {@code content digest}, {@code counts}, or
 *     {@code bytes} for a store that was saved in its raw form
 * @param safetyArchive the id of the safety archive, or {@code null} if there was no previous data or it was not saved
 * @param sample the answers to the sample query; empty if the query does not apply, in which case the log says why
 */
public record RestoreResult(
        RestorePlan plan,
        Map<Role, String> proofs,
        @Nullable String safetyArchive,
        List<SampleAnswer> sample) {

    public RestoreResult {
        proofs = Map.copyOf(proofs);
        sample = List.copyOf(sample);
    }
}
