package dev.ngbak.server;

import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.time.Duration;
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
 * @param expectedEvery how often a backup is expected, or {@code null}
 * @param environment the name that the dashboard shows, or {@code null}
 * @param allowedHosts names by which clients may address this server besides its own, in lower case
 */
record ServerSettings(
        String host,
        int port,
        String prefix,
        Secret key,
        long maxUpload,
        List<String> allowedHosts,
        Duration expectedEvery,
        Environment environment,
        LogFormat log) {

    private static final SettingSpec HOST = SettingSpec.plain(
            "HOST",
            "127.0.0.1",
            "The address on which `ngbak serve` listens. If other machines can reach it, set `BACKUP_API_KEY`: without a key,"
                    + " anyone who can reach the server can restore and delete, and the server warns about this at its start.");

    private static final SettingSpec PORT =
            SettingSpec.plain("PORT", "8080", "The port on which `ngbak serve` listens. `0` means any free port.");

    private static final SettingSpec API_PREFIX = SettingSpec.plain("API_PREFIX", "/api/v1", "The path of the API.");

    private static final SettingSpec API_KEY =
            SettingSpec.secret("BACKUP_API_KEY", "If set, every API call and `/metrics` require this key.");

    private static final SettingSpec ALLOWED_HOSTS = SettingSpec.plain(
            "BACKUP_ALLOWED_HOSTS",
            null,
            "Comma-separated host names by which browsers may call the server, in addition to IP addresses, `localhost`,"
                    + " `HOST` and the name of this machine. Needed behind a proxy ([decision"
                    + " 022](decisions/022-host-and-origin.md)).");

    private static final SettingSpec MAX_UPLOAD = SettingSpec.plain(
            "BACKUP_MAX_UPLOAD",
            null,
            "The maximum size of an uploaded archive, in bytes or with a suffix `K` `M` `G` `T`. By default the free space.");

    private static final SettingSpec LOG_FORMAT = SettingSpec.plain(
            "LOG_FORMAT",
            "text",
            "The format of the server's log on stderr: `text`, or `json` for one object per line.");

    private static final SettingSpec EXPECTED_EVERY = SettingSpec.plain(
            "BACKUP_EXPECTED_EVERY",
            null,
            "How often a backup is expected, such as `24h` or `7d`. If the last good one is older, the dashboard, `GET /health`"
                    + " and the metric `ngbak_health` say that the data is at risk. Leave room for a late one: `26h` for a daily"
                    + " backup. If it is not set, the age is not judged.");

    /** All settings of the server. */
    static final List<SettingSpec> ALL = List.of(
            HOST,
            PORT,
            API_PREFIX,
            API_KEY,
            ALLOWED_HOSTS,
            MAX_UPLOAD,
            EXPECTED_EVERY,
            Environment.SETTING,
            LOG_FORMAT);

    enum LogFormat {
        TEXT,
        JSON
    }

    private static final Pattern HOST_FORM = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,253}");
    private static final Pattern PREFIX_FORM = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
    private static final Pattern SIZE_FORM = Pattern.compile("(\\d{1,15})([KMGT]?)(i?B)?");
    private static final List<String> RESERVED_PATHS = List.of("/health", "/metrics", "/openapi.json");

    static ServerSettings from(Settings settings) {
        return new ServerSettings(
                host(settings),
                (int) settings.number(PORT.name(), Long.parseLong(PORT.defaultValue()), 0, 65_535),
                prefix(settings),
                settings.secret(API_KEY.name()),
                size(settings, MAX_UPLOAD.name()),
                Arrays.stream(settings.text(ALLOWED_HOSTS.name(), "").split(","))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                        .toList(),
                expectedEvery(settings),
                Environment.from(settings),
                settings.choice(LOG_FORMAT.name(), LogFormat.TEXT));
    }

    private static String host(Settings settings) {
        String host = HOST.required(settings);
        if (!HOST_FORM.matcher(host).matches()) {
            throw Settings.unusable(
                    HOST.name(), host, "an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0");
        }
        return host;
    }

    private static String prefix(Settings settings) {
        String prefix = API_PREFIX.required(settings);
        if (!PREFIX_FORM.matcher(prefix).matches()
                || prefix.contains("..")
                || RESERVED_PATHS.stream().anyMatch(reserved -> (prefix + "/").startsWith(reserved + "/"))) {
            throw Settings.unusable(
                    API_PREFIX.name(),
                    prefix,
                    "a path such as /api/v1, without a trailing slash and not below /health");
        }
        return prefix;
    }

    private static Duration expectedEvery(Settings settings) {
        Duration every = settings.duration(EXPECTED_EVERY.name(), null);
        if (every != null && every.isZero()) {
            throw Settings.unusable(EXPECTED_EVERY.name(), "0", "at least a minute, such as 24h or 7d");
        }
        return every;
    }

    /** Returns a number of bytes, or the maximum if the setting is absent. */
    private static long size(Settings settings, String name) {
        String text = settings.text(name, null);
        if (text == null) {
            return Long.MAX_VALUE;
        }
        Matcher matcher = SIZE_FORM.matcher(text);
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
