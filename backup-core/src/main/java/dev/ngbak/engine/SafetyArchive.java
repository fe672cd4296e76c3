package dev.ngbak.engine;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import java.util.Map;

/**
 * The archive of the state before a restore.
 *
 * @param listed whether it is in the repository; the safety archive of empty stores is in the state directory
 * @param markers the change marker of each store when it was saved
 */
record SafetyArchive(ReadableArchive archive, boolean listed, Map<Role, ChangeMarker> markers) {}
