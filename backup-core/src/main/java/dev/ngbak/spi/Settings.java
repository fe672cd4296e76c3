package dev.ngbak.spi;

import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings, by the names of environment variables. An empty value counts as not set. For an unusable value, every getter
 * throws a {@link BackupException} of kind {@code INVALID} that names the variable, its value (never that of a secret) and the
 * allowed values. Immutable.
 */
public final class Settings {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    /** Returns the environment of the process. */
    public static Settings fromEnvironment() {
        return new Settings(System.getenv());
    }

    public static Settings of(Map<String, String> values) {
        return new Settings(values);
    }

    /** Returns these settings with another value of one variable. An empty value removes the variable. */
    public Settings with(String name, String value) {
        Map<String, String> changed = new HashMap<>(values);
        changed.put(name, value);
        return new Settings(changed);
    }

    /** Returns the names of all variables, including those that are not settings. */
    public Set<String> names() {
        return values.keySet();
    }

    /** Returns the value, or {@code fallback} if it is not set. */
    public String text(String name, String fallback) {
        String value = text(name);
        return value == null ? fallback : value;
    }

    /** Returns the value, or {@code null} if it is not set. */
    public @Nullable String text(String name) {
        String value = values.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** Returns the value, which must be one of the allowed ones. */
    public String choice(String name, String fallback, List<String> allowed) {
        String value = text(name, fallback);
        if (!allowed.contains(value)) {
            throw unusable(name, value, "one of " + String.join(", ", allowed));
        }
        return value;
    }

    /** Returns the constant whose name in lower case is the value, or {@code fallback} if it is not set. */
    public <E extends Enum<E>> E choice(String name, E fallback) {
        E[] constants = fallback.getDeclaringClass().getEnumConstants();
        List<String> allowed = Arrays.stream(constants)
                .map(c -> c.name().toLowerCase(java.util.Locale.ROOT))
                .toList();
        return constants[allowed.indexOf(choice(name, allowed.get(fallback.ordinal()), allowed))];
    }

    /** Returns {@code true} or {@code false}. */
    public boolean flag(String name, boolean fallback) {
        return choice(name, Boolean.toString(fallback), List.of("true", "false"))
                .equals("true");
    }

    /** Returns an integer from {@code least} to {@code most}. */
    public long number(String name, long fallback, long least, long most) {
        String value = text(name, Long.toString(fallback));
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below, as for a number that is out of range.
        }
        throw unusable(name, value, "an integer from " + least + (most == Long.MAX_VALUE ? "" : " to " + most));
    }

    /** Returns a duration such as {@code 500ms}, {@code 60s}, {@code 5m} or {@code 1h}. */
    public Duration duration(String name, Duration fallback) {
        String value = text(name);
        if (value == null) {
            return fallback;
        }
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            throw unusable(name, value, "a number with its unit, such as 500ms, 60s, 5m, 1h or 1d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    /** Returns a path, relative to the working directory of the process. */
    public Path path(String name, String fallback) {
        String value = text(name, fallback);
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw unusable(name, value, "a path that is valid on this operating system");
        }
    }

    /**
     * Returns a secret: the value of {@code name}, or the content of the file that {@code name_FILE} names, without trailing
     * white space.
     *
     * @return {@code null} if neither variable is set
     */
    public @Nullable Secret secret(String name) {
        String value = text(name);
        String file = text(name + "_FILE");
        if (value != null && file != null) {
            throw new BackupException(Kind.INVALID, name + " and " + name + "_FILE are both set", "Set one of the two");
        }
        if (file == null) {
            return value == null ? null : new Secret(value);
        }
        try {
            String content = Files.readString(Path.of(file)).stripTrailing();
            if (content.isEmpty()) {
                throw unusable(name + "_FILE", file, "the path of a file that contains the secret; this file is empty");
            }
            return new Secret(content);
        } catch (IOException | InvalidPathException e) {
            throw unusable(name + "_FILE", file, "the path of a readable text file that contains the secret");
        }
    }

    /** Returns the exception for an unusable value. Not for secrets. */
    public static BackupException unusable(String name, String value, String allowed) {
        return new BackupException(Kind.INVALID, name + " is \"" + value + "\"", "It must be " + allowed);
    }
}
