package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.List;
import java.util.Map;

/**
 * A restore that is done and proved.
 *
 * @param plan what was to be done
 * @param proofs by store, what its equality with the archive rests on: {@code content digest} or {@code counts}; {@code bytes} for what was saved raw
 * @param safetyArchive the id of the archive of what was there before, or {@code null} when nothing was, or it was not
 *     saved
 * @param sample what the restored stores answered for a few entities; empty where they were not asked, as the log says
 */
public record RestoreResult(
        RestorePlan plan, Map<Role, String> proofs, String safetyArchive, List<SampleAnswer> sample) {

    public RestoreResult {
        proofs = Map.copyOf(proofs);
        sample = List.copyOf(sample);
    }
}
