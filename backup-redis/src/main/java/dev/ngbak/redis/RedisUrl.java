package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.support.SafeText;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import redis.clients.jedis.HostAndPort;

/**
 * The parts of {@code REDIS_URL}.
 *
 * @param hosts one server, some nodes of a cluster, or the sentinels
 * @param sentinelMaster the name by which sentinels know the master; empty if the hosts are not sentinels
 */
record RedisUrl(
        boolean tls,
        List<HostAndPort> hosts,
        Optional<String> sentinelMaster,
        Optional<String> user,
        Optional<Secret> password,
        int database) {

    private static final int DEFAULT_PORT = 6379;
    private static final int DEFAULT_SENTINEL_PORT = 26379;

    private static final String HOST = "(?:\\[[0-9A-Fa-f:.]+]|[^\\[\\]/?#:@,]+)(?::\\d{1,5})?";
    private static final Pattern FORM = Pattern.compile("redis(s)?(-sentinel)?://(?:(.*)@)?(" + HOST + "(?:," + HOST
            + ")*)(?:/(\\d{0,9}))?(?:\\?([^#]*))?(?:#(.*))?");

    static RedisUrl parse(String text) {
        Matcher url = FORM.matcher(text);
        if (!url.matches()) {
            throw unusable();
        }
        boolean sentinel = url.group(2) != null;
        Optional<String> master = Optional.ofNullable(url.group(7)).map(RedisUrl::decoded);
        if (sentinel != master.filter(name -> !name.isEmpty()).isPresent()) {
            throw unusable();
        }
        String[] login = url.group(3) == null ? new String[0] : url.group(3).split(":", 2);
        return new RedisUrl(
                url.group(1) != null,
                hosts(url.group(4), sentinel ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT),
                master,
                part(login, 0),
                part(login, 1).map(Secret::new),
                database(url.group(5), url.group(6)));
    }

    private static List<HostAndPort> hosts(String list, int defaultPort) {
        List<HostAndPort> hosts = new ArrayList<>();
        for (String each : list.split(",")) {
            int end = each.lastIndexOf(']') + 1;
            int colon = each.indexOf(':', end);
            int port = colon < 0 ? defaultPort : Integer.parseInt(each.substring(colon + 1));
            if (port < 1 || port > 65535) {
                throw unusable();
            }
            String host = colon < 0 ? each : each.substring(0, colon);
            hosts.add(new HostAndPort(host.replaceAll("[\\[\\]]", ""), port));
        }
        return hosts;
    }

    private static int database(String path, String query) {
        if (path != null && !path.isEmpty()) {
            return Integer.parseInt(path);
        }
        if (query != null) {
            for (String option : query.split("&")) {
                if (option.matches("(db|database)=\\d{1,9}")) {
                    return Integer.parseInt(option.substring(option.indexOf('=') + 1));
                }
            }
        }
        return 0;
    }

    private static Optional<String> part(String[] login, int index) {
        return index >= login.length || login[index].isEmpty() ? Optional.empty() : Optional.of(decoded(login[index]));
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw unusable();
        }
    }

    /**
     * Returns the failure for an unusable URL. Does not show the value, because a malformed URL may contain a password
     * anywhere.
     */
    private static BackupException unusable() {
        return new BackupException(
                Kind.INVALID,
                RedisSettings.URL.name() + " is not the URL of a Redis server, a cluster, or sentinels",
                "Use redis://host:port/database, or redis-sentinel://host:port,host:port/database#master, with rediss for"
                        + " TLS. If the server requires a login, write user:password@ before the host, and percent-encode"
                        + " special characters");
    }

    /** Returns what the URL names, for messages. The order of the hosts does not matter, and failovers change nothing. */
    String server() {
        String list = hosts.stream().map(RedisUrl::text).sorted().collect(Collectors.joining(", "));
        return sentinelMaster
                .map(name -> "Redis master " + SafeText.quoted(name) + " of the sentinels at " + list)
                .orElse("Redis at " + list);
    }

    /** Returns an address as URLs contain it. */
    static String text(HostAndPort address) {
        String host = address.getHost();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
