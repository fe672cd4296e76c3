package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import java.util.EnumMap;
import java.util.Map;

/**
 * The exported stores.
 *
 * @param stores the description of each store for the manifest
 * @param markers the change marker of each store after the export
 */
record CaptureResult(Map<Role, Manifest.Store> stores, Consistency consistency, Map<Role, ChangeMarker> markers) {

    Map<Role, StoreCounts> counts() {
        Map<Role, StoreCounts> counts = new EnumMap<>(Role.class);
        stores.forEach((role, store) -> counts.put(role, store.summary().counts()));
        return counts;
    }
}
