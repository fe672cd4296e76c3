package dev.ngbak.redis;

import dev.ngbak.spi.StoreInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a server says of itself, in the words of the SPI. */
final class RedisInfo {

    /** The highest RDB version of the DUMPs in an archive; not there when it has none. */
    static final String RDB_VERSION = "rdb_version";

    private RedisInfo() {}

    static StoreInfo of(Map<String, String> info, RedisSettings settings, int rdbVersion) {
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(RedisSettings.PREFIX, settings.prefix());
        scope.put("database", Integer.toString(settings.database()));
        if (rdbVersion > 0) {
            scope.put(RDB_VERSION, Integer.toString(rdbVersion));
        }
        boolean valkey = info.containsKey("valkey_version");
        return new StoreInfo(
                valkey ? "Valkey" : "Redis",
                info.getOrDefault(valkey ? "valkey_version" : "redis_version", "unknown"),
                Staged.FORM,
                scope,
                -1);
    }
}
