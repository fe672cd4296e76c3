package dev.ngbak.redis;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The address of the server, the credentials, and the scope.
 *
 * @param prefix the prefix of the keys in scope, or {@link #WHOLE_DATABASE}
 * @param namespaces the namespaces of the keys in scope; empty if all keys with the prefix are in scope
 * @param scopeSetting the setting that selects another scope, for messages
 * @param names the names that the GraphRAG system uses
 */
record RedisSettings(
        boolean tls,
        String host,
        int port,
        Optional<String> user,
        Optional<Secret> password,
        int database,
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
                    + " Java trusts. Redis Cluster is not supported.");

    static final SettingSpec PASSWORD = SettingSpec.secret(
            "REDIS_PASSWORD", "The password. A password in `REDIS_URL` takes precedence, as it does in redis-py.");

    static final SettingSpec KEY_PREFIX = SettingSpec.scope(
            Role.KV,
            "REDIS_KEY_PREFIX",
            GraphLayout.all().get(0).scope(Role.KV, Settings.of(Map.of())).name(),
            "Only the keys with this prefix are backed up and replaced. `*` selects the whole logical database.");

    static final List<SettingSpec> ALL = List.of(URL, PASSWORD, KEY_PREFIX);

    static final String WHOLE_DATABASE = "*";

    private static final int DEFAULT_PORT = 6379;

    private static final Pattern URL_FORM =
            Pattern.compile("(redis|rediss)://(?:(.*)@)?(\\[[0-9A-Fa-f:.]+]|[^\\[\\]/?#:@]+)(?::(\\d{1,5}))?"
                    + "(?:/(\\d{0,9}))?(?:\\?([^#]*))?");

    static RedisSettings from(Settings settings) {
        Matcher url = URL_FORM.matcher(URL.required(settings));
        if (!url.matches()) {
            throw unusableUrl();
        }
        int port = url.group(4) == null ? DEFAULT_PORT : Integer.parseInt(url.group(4));
        if (port < 1 || port > 65535) {
            throw unusableUrl();
        }
        String[] login = url.group(2) == null ? new String[0] : url.group(2).split(":", 2);
        Optional<String> user = decoded(login, 0);
        Optional<Secret> configured = Optional.ofNullable(settings.secret(PASSWORD.name()));
        Optional<Secret> password = decoded(login, 1).map(Secret::new).or(() -> configured);
        GraphLayout layout = GraphLayout.of(settings);
        StoreScope scope = layout.scope(Role.KV, settings);
        Optional<String> prefix = Optional.ofNullable(settings.text(KEY_PREFIX.name()));
        return new RedisSettings(
                url.group(1).equals("rediss"),
                url.group(3).replaceAll("[\\[\\]]", ""),
                port,
                user,
                password,
                database(url.group(5), url.group(6)),
                prefix.orElse(scope.name()),
                scope.namespaces(),
                prefix.isPresent() || scope.setting().isEmpty() ? KEY_PREFIX.name() : scope.setting(),
                layout.names(),
                TempFiles.of(settings));
    }

    private static int database(String path, String query) {
        if (path != null && !path.isEmpty()) {
            return Integer.parseInt(path);
        }
        if (query != null) {
            for (String option : query.split("&")) {
                if (option.matches("db=\\d{1,9}")) {
                    return Integer.parseInt(option.substring(3));
                }
            }
        }
        return 0;
    }

    private static Optional<String> decoded(String[] login, int index) {
        if (index >= login.length || login[index].isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(URLDecoder.decode(login[index].replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw unusableUrl();
        }
    }

    /**
     * Returns the failure for an unusable URL. Does not show the value, because a malformed URL may contain a password
     * anywhere.
     */
    private static BackupException unusableUrl() {
        return new BackupException(
                Kind.INVALID,
                URL.name() + " is not the URL of a Redis server",
                "Use redis://host:port/database, or rediss:// for TLS. If the server requires a login, write"
                        + " user:password@ before the host, and percent-encode special characters");
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

    /** Returns the server, the database and the keys in scope. */
    String target() {
        return server() + ", database " + database + ", keys " + scope();
    }

    /** Returns the server as messages name it, without user and password. */
    String server() {
        return "Redis at " + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
