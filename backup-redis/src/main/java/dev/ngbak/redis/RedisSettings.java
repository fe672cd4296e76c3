package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the Redis server is, how to log in, and which of its keys are the scope.
 *
 * @param password {@code null} for none
 * @param prefix the bytes that the keys in scope begin with, none for the whole database
 * @param scratch a folder for side tables
 */
record RedisSettings(
        boolean tls, String host, int port, String user, Secret password, int database, String prefix, Path scratch) {

    static final String URL = "REDIS_URL";
    static final String PREFIX = "REDIS_KEY_PREFIX";
    static final String WHOLE = "*";

    private static final Pattern URL_FORM =
            Pattern.compile("(redis|rediss)://(?:(.*)@)?(\\[[0-9A-Fa-f:.]+]|[^\\[\\]/?#:@]+)(?::(\\d{1,5}))?"
                    + "(?:/(\\d{0,9}))?(?:\\?([^#]*))?");

    static RedisSettings from(Settings settings) {
        String url = settings.text(URL, "redis://localhost:6379");
        Matcher parts = URL_FORM.matcher(url);
        if (!parts.matches()) {
            throw unusable();
        }
        int port = parts.group(4) == null ? 6379 : Integer.parseInt(parts.group(4));
        if (port < 1 || port > 65535) {
            throw unusable();
        }
        String user = null;
        Secret password = settings.secret("REDIS_PASSWORD");
        if (parts.group(2) != null) {
            String[] login = parts.group(2).split(":", 2);
            user = login[0].isEmpty() ? null : decoded(login[0]);
            // As redis-py does: what the URL says wins.
            password = login.length < 2 || login[1].isEmpty() ? password : new Secret(decoded(login[1]));
        }
        String host = parts.group(3).replaceAll("[\\[\\]]", "");
        String prefix = settings.text(PREFIX, "nano_graphrag:");
        return new RedisSettings(
                parts.group(1).equals("rediss"),
                host,
                port,
                user,
                password,
                database(parts.group(5), parts.group(6)),
                prefix,
                scratch(settings));
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

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw unusable();
        }
    }

    /** Side tables go where the rest of ours is, once that is there. */
    private static Path scratch(Settings settings) {
        Path ours = settings.path("BACKUP_DIR", "./backups").resolve(".ngbak");
        return Files.isWritable(ours) ? ours : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** The value is not shown: what cannot be taken apart may have a password anywhere. */
    private static BackupException unusable() {
        return new BackupException(
                Kind.INVALID,
                URL + " is not the address of a Redis server",
                "It must be redis://host:port/database, or rediss:// for TLS, with user:password@ before the host if"
                        + " need be, their special characters written as %XX");
    }

    boolean whole() {
        return prefix.equals(WHOLE);
    }

    byte[] prefixBytes() {
        return whole() ? new byte[0] : prefix.getBytes(StandardCharsets.UTF_8);
    }

    /** The keys in scope, and where. */
    String target() {
        return shown() + ", database " + database + ", keys " + prefix;
    }

    /** The server for messages, without user and password. */
    String shown() {
        return "Redis at " + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
