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
 * The query parameters of a request. A route declares the parameters that it accepts, and any other is refused: a misspelled
 * {@code dry_run} must not become a restore.
 */
final class QueryParameters {

    /** Names that are safe to repeat in a message. */
    private static final Pattern SAFE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,40}");

    private final Map<String, String> values = new HashMap<>();

    /**
     * Parses the query of a request.
     *
     * @param known the parameters that the route accepts
     * @throws ProblemException 400 for an unknown or repeated parameter, and for invalid percent-encoding
     */
    static QueryParameters of(Context ctx, Set<String> known) {
        return new QueryParameters(ctx.queryString(), known);
    }

    private QueryParameters(String query, Set<String> known) {
        for (String parameter : query == null ? new String[0] : query.split("&")) {
            if (!parameter.isEmpty()) {
                String[] parts = parameter.split("=", 2);
                add(decode(parts[0]), parts.length == 1 ? "" : decode(parts[1]), known);
            }
        }
    }

    private void add(String name, String value, Set<String> known) {
        if (!known.contains(name)) {
            throw new ProblemException(
                    400,
                    "Unknown query parameter" + quoted(name) + ". Nothing was changed",
                    known.isEmpty()
                            ? "This path accepts no query parameters"
                            : "This path accepts "
                                    + String.join(", ", known.stream().sorted().toList()));
        }
        if (values.put(name, value) != null) {
            throw new ProblemException(
                    400,
                    "The query parameter" + quoted(name) + " is given more than once. Nothing was changed",
                    "Send it once");
        }
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    400,
                    "The query contains a percent sign that is not followed by two hexadecimal digits",
                    "Encode a percent sign as %25");
        }
    }

    private static String quoted(String name) {
        return SAFE_NAME.matcher(name).matches() ? " \"" + name + "\"" : "";
    }

    /** Returns the value of a parameter, or {@code null} if it is not given. */
    String text(String name) {
        return values.get(name);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** Returns whether a parameter is given as {@code true}, or by its name alone. */
    boolean flag(String name) {
        String value = values.getOrDefault(name, "false");
        return value.isEmpty()
                || choice(name, List.of("true", "false"), "false").equals("true");
    }

    /** Returns the value of a parameter, or the default if it is not given. */
    String choice(String name, List<String> allowed, String defaultValue) {
        String value = values.getOrDefault(name, defaultValue);
        if (!allowed.contains(value)) {
            throw invalid(name, "Use " + String.join(" or ", allowed));
        }
        return value;
    }

    static ProblemException invalid(String name, String remedy) {
        return new ProblemException(
                400, "The query parameter \"" + name + "\" has an invalid value. Nothing was changed", remedy);
    }
}
