package dev.ngbak.server;

import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of the server.
 *
 * @param port 0 for any free port
 * @param prefix the prefix of the API's paths, with a leading slash and without a trailing one
 * @param key the key that every call of the API needs, or {@code null}
 * @param maxUpload in bytes
 * @param allowedHosts names by which clients may address this server besides its own, in lower case
 */
record ServerSettings(
        String host, int port, String prefix, Secret key, long maxUpload, List<String> allowedHosts, LogFormat log) {

    enum LogFormat {
        TEXT,
        JSON
    }

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,253}");
    private static final Pattern PREFIX = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMGT]?)(i?B)?");
    private static final List<String> RESERVED_PATHS = List.of("/health", "/metrics", "/openapi.json");

    static ServerSettings from(Settings settings) {
        return new ServerSettings(
                host(settings),
                (int) settings.number("PORT", 8080, 0, 65_535),
                prefix(settings),
                settings.secret("BACKUP_API_KEY"),
                size(settings, "BACKUP_MAX_UPLOAD"),
                Arrays.stream(settings.text("BACKUP_ALLOWED_HOSTS", "").split(","))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                        .toList(),
                settings.choice("LOG_FORMAT", LogFormat.TEXT));
    }

    private static String host(Settings settings) {
        String host = settings.text("HOST", "127.0.0.1");
        if (!HOST.matcher(host).matches()) {
            throw Settings.unusable("HOST", host, "an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0");
        }
        return host;
    }

    private static String prefix(Settings settings) {
        String prefix = settings.text("API_PREFIX", "/api/v1");
        if (!PREFIX.matcher(prefix).matches()
                || prefix.contains("..")
                || RESERVED_PATHS.stream().anyMatch(reserved -> (prefix + "/").startsWith(reserved + "/"))) {
            throw Settings.unusable(
                    "API_PREFIX", prefix, "a path such as /api/v1, without a trailing slash and not below /health");
        }
        return prefix;
    }

    /** Returns a number of bytes, or the maximum if the setting is absent. */
    private static long size(Settings settings, String name) {
        String text = settings.text(name, null);
        if (text == null) {
            return Long.MAX_VALUE;
        }
        Matcher matcher = SIZE.matcher(text);
        if (matcher.matches()) {
            int power = "KMGT".indexOf(matcher.group(2)) + 1;
            long factor = matcher.group(2).isEmpty() ? 1 : 1L << (10 * power);
            long size = Long.parseLong(matcher.group(1));
            if (size > 0 && size <= Long.MAX_VALUE / factor) {
                return size * factor;
            }
        }
        throw Settings.unusable(
                name, text, "a number of bytes, at least 1, optionally followed by K, M, G or T, such as 20G");
    }

    boolean isLoopback() {
        return host.equals("localhost") || host.equals("::1") || host.equals("[::1]") || host.startsWith("127.");
    }

    /** Returns whether the server listens on every address of this machine. */
    boolean isAnyAddress() {
        return host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
    }
}
