package dev.ngbak.spi;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The description of a store.
 *
 * @param product the official name of its product
 * @param version its version, or {@code unknown}
 * @param form the name of the form in which this plugin writes it into archives
 * @param scope the part of the store that belongs to the system: setting or member name to value, without secrets
 * @param bytes an upper bound of the bytes that an export writes, or -1 if it is not known
 */
public record StoreInfo(String product, String version, String form, Map<String, String> scope, long bytes) {

    public StoreInfo {
        scope = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(scope));
    }
}
