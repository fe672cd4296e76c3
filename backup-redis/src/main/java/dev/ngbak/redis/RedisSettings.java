package dev.ngbak.redis;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The address of the server, the credentials, and the scope.
 *
 * @param password of the server, from the URL or from {@link #PASSWORD}
 * @param prefix the prefix of the keys in scope, or {@link #WHOLE_DATABASE}
 * @param namespaces the namespaces of the keys in scope; empty if all keys with the prefix are in scope
 * @param scopeSetting the setting that selects another scope, for messages
 * @param names the names that the GraphRAG system uses
 */
record RedisSettings(
        RedisUrl url,
        Optional<Secret> password,
        Optional<Secret> sentinelPassword,
        String prefix,
        Set<String> namespaces,
        String scopeSetting,
        RecordNames names,
        TempFiles tempFiles) {

    static final SettingSpec URL = SettingSpec.url(
            "REDIS_URL",
            "redis://localhost:6379",
            "`redis://user:password@host:port/database`, or `rediss://` for TLS. Percent-encode special characters in the"
                    + " user and the password. With TLS, the certificate must match the host and be signed by a CA that"
                    + " Java trusts. For a cluster, one or more of its nodes: `redis://host1:port,host2:port`. For sentinels,"
                    + " `redis-sentinel://host1:26379,host2:26379/0#master`, or `rediss-sentinel://`"
                    + " ([CLUSTERS.md](CLUSTERS.md)).");

    static final SettingSpec PASSWORD = SettingSpec.secret(
            "REDIS_PASSWORD", "The password. A password in `REDIS_URL` takes precedence, as it does in redis-py.");

    static final SettingSpec SENTINEL_PASSWORD = SettingSpec.secret(
            "REDIS_SENTINEL_PASSWORD", "The password of the sentinels that `REDIS_URL` names, if they require one.");

    static final SettingSpec KEY_PREFIX = SettingSpec.scope(
            Role.KV,
            "REDIS_KEY_PREFIX",
            GraphLayout.all().get(0).scope(Role.KV, Settings.of(Map.of())).name(),
            "Only the keys with this prefix are backed up and replaced. `*` selects the whole logical database.");

    static final List<SettingSpec> ALL = List.of(URL, PASSWORD, SENTINEL_PASSWORD, KEY_PREFIX);

    static final String WHOLE_DATABASE = "*";

    static RedisSettings from(Settings settings) {
        RedisUrl url = RedisUrl.parse(URL.required(settings));
        Optional<Secret> configured = Optional.ofNullable(settings.secret(PASSWORD.name()));
        GraphLayout layout = GraphLayout.of(settings);
        StoreScope scope = layout.scope(Role.KV, settings);
        Optional<String> prefix = Optional.ofNullable(settings.text(KEY_PREFIX.name()));
        return new RedisSettings(
                url,
                url.password().or(() -> configured),
                Optional.ofNullable(settings.secret(SENTINEL_PASSWORD.name())),
                prefix.orElse(scope.name()),
                scope.namespaces(),
                prefix.isPresent() || scope.setting().isEmpty() ? KEY_PREFIX.name() : scope.setting(),
                layout.names(),
                TempFiles.of(settings));
    }

    boolean isWholeDatabase() {
        return prefix.equals(WHOLE_DATABASE);
    }

    /** Returns the bytes at the start of every key in scope: none for the whole database. */
    byte[] prefixBytes() {
        return isWholeDatabase() ? new byte[0] : prefix.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns whether a key is in scope. Its suffix is what follows the prefix. */
    boolean includes(byte[] suffix) {
        return isWholeDatabase()
                || namespaces.isEmpty()
                || namespaces.contains(KeyName.of(suffix).namespace());
    }

    /** Returns the keys in scope, for messages. */
    String scope() {
        return isWholeDatabase() || namespaces.isEmpty()
                ? prefix
                : namespaces.stream().sorted().map(name -> prefix + name + ":").collect(Collectors.joining(" "));
    }

    /** Returns the server, the database and the keys in scope. Stays the same when a cluster or sentinels fail over. */
    String target() {
        return server() + ", database " + database() + ", keys " + scope();
    }

    int database() {
        return url.database();
    }

    /** Returns the server as messages name it, without user and password. */
    String server() {
        return url.server();
    }
}
