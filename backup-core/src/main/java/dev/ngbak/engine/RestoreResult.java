package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Map;

/**
 * A restore that is done and proved.
 *
 * @param plan what was to be done
 * @param proofs by store, what its equality with the archive rests on: {@code content digest} or {@code counts}
 */
public record RestoreResult(RestorePlan plan, Map<Role, String> proofs) {

    public RestoreResult {
        proofs = Map.copyOf(proofs);
    }
}
