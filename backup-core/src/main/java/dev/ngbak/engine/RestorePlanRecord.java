package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The first record of a restore journal: the plan of the restore.
 *
 * @param archive the location of the archive to restore
 * @param checksum the checksum in the manifest of that archive
 * @param safetyArchive the location of the archive of the previous state; without one, the restore can only be rolled
 *     forward
 * @param targets for each store, the exact target that is replaced
 * @param countsOnly whether equal counts are proof enough
 * @param workspace the workspace that the restore goes to, if it is not the one of the settings
 */
record RestorePlanRecord(
        Instant at,
        String archive,
        String checksum,
        Optional<String> safetyArchive,
        Map<Role, String> targets,
        boolean countsOnly,
        Optional<String> workspace) {}
