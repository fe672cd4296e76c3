package dev.ngbak.redis;

import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProductVersion;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A server's reply to {@code INFO}. */
record ServerInfo(Map<String, String> fields) {

    /** The key in a store's scope for the number of the database. */
    static final String DATABASE = "database";

    private static final String VALKEY_VERSION = "valkey_version";

    static ServerInfo parse(String reply) {
        Map<String, String> fields = new HashMap<>();
        for (String line : reply.split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return new ServerInfo(fields);
    }

    /** Returns the one with the oldest version. */
    static ServerInfo oldest(Collection<ServerInfo> servers) {
        return servers.stream()
                .min(Comparator.comparing(ServerInfo::parsedVersion))
                .orElseThrow();
    }

    private ProductVersion parsedVersion() {
        return ProductVersion.parse(version()).orElse(new ProductVersion(0, 0));
    }

    /** Returns a field, or the fallback if the server does not report it. */
    String text(String field, String fallback) {
        return fields.getOrDefault(field, fallback);
    }

    /** Returns a numeric field, or 0 if the server does not report it. */
    long number(String field) {
        String text = text(field, "");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    boolean isClusterNode() {
        return text("cluster_enabled", "").equals("1");
    }

    boolean isReplica() {
        return text("role", "").equals("slave");
    }

    boolean isValkey() {
        return fields.containsKey(VALKEY_VERSION);
    }

    String product() {
        return isValkey() ? "Valkey" : "Redis";
    }

    /** Returns the product's own version. Valkey also reports that it is compatible with Redis 7.2.4. */
    String version() {
        return text(isValkey() ? VALKEY_VERSION : "redis_version", "unknown");
    }

    /** Returns whether the product has at least a version. */
    boolean isAtLeast(int major, int minor) {
        return isAtLeast(version(), major, minor);
    }

    /** Returns whether the server has the commands of a version of Redis. */
    boolean isCompatibleWithRedis(int major, int minor) {
        return isAtLeast(text("redis_version", ""), major, minor);
    }

    private static boolean isAtLeast(String version, int major, int minor) {
        return ProductVersion.parse(version)
                .filter(parsed -> parsed.isAtLeast(major, minor))
                .isPresent();
    }

    /** Returns whether single fields of a hash can expire. */
    boolean hasFieldExpiry() {
        return isValkey() ? isAtLeast(9, 0) : isAtLeast(7, 4);
    }

    /** @param types of the archived keys that are not strings */
    StoreInfo storeInfo(RedisSettings settings, ArchivedTypes types) {
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(RedisSettings.KEY_PREFIX.name(), settings.prefix());
        scope.put(DATABASE, Integer.toString(settings.database()));
        scope.putAll(types.scope());
        return new StoreInfo(product(), version(), types.form(), scope, -1);
    }
}
