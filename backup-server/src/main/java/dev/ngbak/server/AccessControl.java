package dev.ngbak.server;

import dev.ngbak.spi.Secret;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Decides which requests are allowed. The key keeps out strangers. The checks of Host and Origin keep out other sites' pages
 * in the operator's own browser, which can reach a server on localhost.
 */
final class AccessControl {

    private static final String COOKIE = "ngbak_session";
    private static final Duration MAX_SESSION_AGE = Duration.ofDays(7);
    private static final List<String> SAFE_METHODS = List.of("GET", "HEAD", "OPTIONS");
    /** An IP address, unlike a name, cannot be pointed at this machine by a foreign name server. */
    private static final Pattern IP_ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9A-Fa-f:.]+]");

    private static final Pattern PORT_SUFFIX = Pattern.compile(":\\d*$");

    private final ServerSettings settings;
    private final Set<String> names = new HashSet<>();

    AccessControl(ServerSettings settings) {
        this.settings = settings;
        names.add("localhost");
        names.add(settings.host().toLowerCase(Locale.ROOT));
        names.addAll(settings.allowedHosts());
        try {
            names.add(InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT));
        } catch (UnknownHostException e) {
            return; // this machine has no name
        }
    }

    /** @throws ProblemException 401 or 403 for a request that is not allowed */
    void check(Context ctx) {
        String path = ctx.path();
        boolean api = path.equals(settings.prefix()) || path.startsWith(settings.prefix() + "/");
        boolean writes = !SAFE_METHODS.contains(ctx.req().getMethod());
        boolean restricted = api || path.equals("/metrics");
        if (writes || (restricted && settings.key() == null)) {
            checkHost(ctx);
        }
        if (writes) {
            checkOrigin(ctx);
        }
        if (restricted && settings.key() != null && !path.equals(settings.prefix() + "/session") && !hasKey(ctx)) {
            throw new ProblemException(
                    401,
                    "This server requires a key, and the request has no key or a wrong one",
                    "Send the value of BACKUP_API_KEY as X-API-Key or as Authorization: Bearer");
        }
    }

    private void checkHost(Context ctx) {
        String host = ctx.header("Host");
        String name =
                host == null ? "" : PORT_SUFFIX.matcher(host).replaceFirst("").toLowerCase(Locale.ROOT);
        if (!names.contains(name) && !IP_ADDRESS.matcher(name).matches()) {
            throw new ProblemException(
                    403,
                    "The request addresses this server by a name that it does not accept",
                    "Use its IP address, or add the name to BACKUP_ALLOWED_HOSTS");
        }
    }

    private void checkOrigin(Context ctx) {
        String origin = ctx.header("Origin");
        if ("cross-site".equalsIgnoreCase(ctx.header("Sec-Fetch-Site"))
                || (origin != null && !isOwn(origin, ctx.header("Host")))) {
            throw new ProblemException(
                    403,
                    "The request comes from a web page of another site",
                    "Use this server's own page. Behind a proxy, add the name that browsers use to BACKUP_ALLOWED_HOSTS");
        }
    }

    private boolean isOwn(String origin, String host) {
        try {
            URI uri = URI.create(origin);
            if (uri.getHost() == null || uri.getScheme() == null) {
                return false; // sandboxed pages and files send "null"
            }
            String name = uri.getHost().toLowerCase(Locale.ROOT);
            return settings.allowedHosts().contains(name)
                    || withoutDefaultPort(uri.getRawAuthority(), uri.getScheme())
                            .equalsIgnoreCase(withoutDefaultPort(host, uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String withoutDefaultPort(String authority, String scheme) {
        String port = scheme.equalsIgnoreCase("https") ? ":443" : ":80";
        return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
    }

    private boolean hasKey(Context ctx) {
        String key = ctx.header("X-API-Key");
        if (key != null) {
            return isKey(key);
        }
        String authorization = ctx.header("Authorization");
        if (authorization != null) {
            return authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                    && isKey(authorization.substring(7).strip());
        }
        String session = ctx.cookie(COOKIE);
        return session != null && isSession(session);
    }

    /** Returns whether requests need a key. */
    boolean requiresKey() {
        return settings.key() != null;
    }

    /** Returns whether this is the key. Takes the same time for right and wrong keys. */
    boolean isKey(String candidate) {
        return settings.key() == null
                || MessageDigest.isEqual(mac(candidate), mac(settings.key().reveal()));
    }

    /** Returns the cookie of a new session. Without a path, browsers send it to the API only, wherever a proxy serves it. */
    String newSessionCookie(Context ctx) {
        long until = Instant.now().plus(MAX_SESSION_AGE).getEpochSecond();
        return cookie(ctx, until + "." + signature(until), MAX_SESSION_AGE);
    }

    /** Returns the cookie that makes a browser forget its session. */
    String endedSessionCookie(Context ctx) {
        return cookie(ctx, "", Duration.ZERO);
    }

    private static String cookie(Context ctx, String value, Duration maxAge) {
        boolean secure = ctx.req().isSecure() || "https".equalsIgnoreCase(ctx.header("X-Forwarded-Proto"));
        return COOKIE + "=" + value + "; Max-Age=" + maxAge.toSeconds() + "; HttpOnly; SameSite=Strict"
                + (secure ? "; Secure" : "");
    }

    private boolean isSession(String cookie) {
        int dot = cookie.indexOf('.');
        try {
            long until = Long.parseLong(cookie.substring(0, Math.max(dot, 0)));
            return until > Instant.now().getEpochSecond()
                    && MessageDigest.isEqual(
                            cookie.substring(dot + 1).getBytes(StandardCharsets.UTF_8),
                            signature(until).getBytes(StandardCharsets.UTF_8));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Signs with the key. A session survives a restart of the server, and ends when the key is changed. */
    private String signature(long until) {
        return HexFormat.of().formatHex(mac("session until " + until));
    }

    private byte[] mac(String text) {
        Secret key = settings.key();
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sets the headers that protect every answer in a browser. */
    static void addSecurityHeaders(Context ctx) {
        for (List<String> header : HEADERS) {
            ctx.header(header.get(0), header.get(1));
        }
    }

    private static final List<List<String>> HEADERS = Arrays.asList(
            List.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                            + " form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
                            + " require-trusted-types-for 'script'"),
            List.of("X-Content-Type-Options", "nosniff"),
            List.of("X-Frame-Options", "DENY"),
            List.of("Referrer-Policy", "no-referrer"),
            List.of("Cross-Origin-Opener-Policy", "same-origin"),
            List.of("Cross-Origin-Resource-Policy", "same-origin"),
            List.of("Cache-Control", "no-store"));
}
