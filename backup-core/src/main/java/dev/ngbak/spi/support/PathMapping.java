package dev.ngbak.spi.support;

import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces the beginning of absolute paths, and of the paths in {@code file://} URIs, in texts. A path matches if it is the
 * replaced one or is below it; the longest one that matches counts. Counts what it changed. Not thread-safe.
 */
public final class PathMapping {

    private static final String URI = "file://";
    /** What Python's urllib leaves as it is. */
    private static final String PLAIN = "/_.-~";

    private record Prefix(String from, String to) {}

    private final List<Prefix> prefixes = new ArrayList<>();
    private long changed;
    private String other = "";

    /** @param paths the path that replaces each path; a slash at their ends does not matter */
    public PathMapping(Map<String, String> paths) {
        paths.forEach((from, to) -> prefixes.add(new Prefix(withoutSlash(from), withoutSlash(to))));
        prefixes.sort(
                Comparator.comparing((Prefix prefix) -> prefix.from().length()).reversed());
    }

    private static String withoutSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** Returns a text with the new path, or the text itself if no path matches. */
    public String apply(String text) {
        boolean uri = text.startsWith(URI);
        String path = uri ? text.substring(URI.length()) : text;
        for (Prefix prefix : prefixes) {
            int end = uri ? endOfEncoded(path, prefix.from()) : endOfPlain(path, prefix.from());
            if (end >= 0) {
                changed++;
                return uri ? URI + encoded(prefix.to()) + path.substring(end) : prefix.to() + path.substring(end);
            }
        }
        other = path.startsWith("/") ? text : other;
        return text;
    }

    /** Passes the values of one namespace or file on, an object of objects, and changes the paths in some members. */
    public InputStream filter(InputStream json, Set<String> members) {
        return members.isEmpty() || prefixes.isEmpty() ? json : new JsonMemberFilter(json, 2, members, this::apply);
    }

    /** Returns a sentence if there are paths to replace, but none was found. */
    public Optional<String> warning() {
        if (prefixes.isEmpty() || changed > 0) {
            return Optional.empty();
        }
        return Optional.of("No path in the archived records matches --map-path"
                + (other.isEmpty()
                        ? ": they contain no path."
                        : ". They contain paths such as " + SafeText.quoted(other) + "."));
    }

    private static int endOfPlain(String path, String prefix) {
        return path.equals(prefix) || path.startsWith(prefix + "/") ? prefix.length() : -1;
    }

    /** Returns the end of the encoded prefix, so that what follows keeps its spelling; -1 if the path does not match. */
    private static int endOfEncoded(String path, String prefix) {
        for (int end = path.indexOf('/'); end >= 0; end = end == path.length() ? -1 : nextEnd(path, end)) {
            if (decoded(path.substring(0, end)).equals(prefix)) {
                return end;
            }
        }
        return -1;
    }

    private static int nextEnd(String path, int slash) {
        int next = path.indexOf('/', slash + 1);
        return next < 0 ? path.length() : next;
    }

    private static String decoded(String encoded) {
        try {
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return encoded;
        }
    }

    private static String encoded(String path) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || PLAIN.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return encoded.toString();
    }
}
