package dev.ngbak.server;

import io.javalin.http.Context;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The parameters in the query of a request. A route declares those it takes; a request with any other is refused, since a
 * misspelled {@code dry_run} must not become a restore.
 */
final class QueryParameters {

    /** Names that a message can repeat. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,40}");

    private final Map<String, String> values = new HashMap<>();

    /**
     * Reads the query of a request.
     *
     * @param known the parameters that the route takes
     * @throws Problem 400 for a parameter that is unknown or repeated, and for broken percent-encoding
     */
    static QueryParameters of(Context ctx, Set<String> known) {
        return new QueryParameters(ctx.queryString(), known);
    }

    /** Throws what {@link #of} throws. */
    static void check(Context ctx, Set<String> known) {
        of(ctx, known);
    }

    private QueryParameters(String query, Set<String> known) {
        for (String parameter : query == null ? new String[0] : query.split("&")) {
            if (parameter.isEmpty()) {
                continue;
            }
            String[] parts = parameter.split("=", 2);
            String name = decoded(parts[0]);
            if (!known.contains(name)) {
                throw new ProblemException(
                        400,
                        "The query parameter " + shown(name) + "is not known here. Nothing was changed",
                        known.isEmpty()
                                ? "This path takes no query parameters"
                                : "This path takes "
                                        + String.join(
                                                ", ", known.stream().sorted().toList()));
            }
            if (values.put(name, parts.length == 1 ? "" : decoded(parts[1])) != null) {
                throw new ProblemException(
                        400,
                        "The query parameter " + shown(name) + "is given more than once. Nothing was changed",
                        "Send it once");
            }
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    400,
                    "The query has a percent sign that is not followed by two hexadecimal digits",
                    "Encode a percent sign as %25");
        }
    }

    private static String shown(String name) {
        return NAME.matcher(name).matches() ? "\"" + name + "\" " : "";
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** Returns whether a parameter is given as {@code true}, or by its name alone. */
    boolean flag(String name) {
        String value = values.getOrDefault(name, "false");
        if (value.isEmpty()) {
            return true;
        }
        return choice(name, List.of("true", "false"), "false").equals("true");
    }

    /** Returns the value of a parameter that has one of a few; the default where it is not given. */
    String choice(String name, List<String> allowed, String absent) {
        String value = values.getOrDefault(name, absent);
        if (!allowed.contains(value)) {
            throw new ProblemException(
                    400,
                    "The query parameter \"" + name + "\" has a value that cannot be used. Nothing was changed",
                    "It is " + String.join(" or ", allowed));
        }
        return value;
    }
}
