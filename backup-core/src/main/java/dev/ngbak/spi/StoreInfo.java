package dev.ngbak.spi;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a store is.
 *
 * @param product its name as its makers write it
 * @param version its version, or {@code unknown}
 * @param form the name of the form in which this plugin writes it into archives
 * @param scope what of the store belongs to the system: setting or member name to value, without secrets
 * @param bytes an upper bound of the bytes that an export of it writes, or -1 where the store cannot tell
 */
public record StoreInfo(String product, String version, String form, Map<String, String> scope, long bytes) {

    public StoreInfo {
        scope = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(scope));
    }
}
