package dev.ngbak.spi;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Describes a store and its scope.
 *
 * @param product the name of the product as its vendor spells it
 * @param version the version of the product, or {@code unknown}
 * @param form the name of the form in which this plugin writes the store into archives
 * @param scope the part of the store that belongs to the system: names of settings or members with their values, without
 *     secrets
 * @param bytes an upper bound of the size of an export, or -1 if the store cannot report one
 */
public record StoreInfo(String product, String version, String form, Map<String, String> scope, long bytes) {

    /**
     * The form of a store in an archive that nano-graphrag's own backup tool made. A plugin that knows how that tool writes its
     * store reads this form, and {@link StorageRestorer#rewrite} turns it into a form of its own.
     */
    public static final String OTHER_TOOL = "nano-graphrag-backup";

    public StoreInfo {
        scope = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(scope));
    }
}
