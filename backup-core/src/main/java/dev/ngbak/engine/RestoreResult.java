package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Map;

/**
 * A restore that is done and proved.
 *
 * @param plan what was to be done
 * @param proofs by store, what its equality with the archive rests on: {@code content digest} or {@code counts}; {@code bytes} for what was saved raw
 * @param safetyArchive the id of the archive of what was there before, or {@code null} when nothing was, or it was not
 *     saved
 */
public record RestoreResult(RestorePlan plan, Map<Role, String> proofs, String safetyArchive) {

    public RestoreResult {
        proofs = Map.copyOf(proofs);
    }
}
