package dev.ngbak.cli;

import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Displays the effective settings without revealing secrets, and finds misspelled ones. */
final class KnownSettings {

    /**
     * The effective value of one setting.
     *
     * @param value safe to display, or {@code null} if the setting is not set and has no default
     */
    record EffectiveSetting(String name, String value, boolean isDefault) {}

    private static final String STARS = "***";
    private static final int MAX_DISTANCE = 2;

    /** Variables of the launcher, which are not misspelled settings. */
    private static final List<String> LAUNCHER_VARIABLES = List.of("NGBAK_JAVA_OPTS", "NGBAK_DEBUG", "JAVA_HOME");

    private static final Pattern CREDENTIALS = Pattern.compile("(?<=://).*@");
    private static final Pattern QUERY = Pattern.compile("\\?.*");

    private KnownSettings() {}

    /** Returns the effective values of all settings, in the order of the settings page. */
    static List<EffectiveSetting> effective(Settings settings) {
        return AllSettings.load().stream()
                .map(spec -> effective(spec, settings))
                .toList();
    }

    private static EffectiveSetting effective(SettingSpec spec, Settings settings) {
        Optional<String> value = spec.variables().stream()
                .map(name -> settings.text(name, null))
                .filter(Objects::nonNull)
                .findFirst();
        String effective = value.orElse(spec.defaultValue());
        return new EffectiveSetting(
                spec.name(), effective == null ? null : display(spec.kind(), effective), value.isEmpty());
    }

    private static String display(SettingSpec.Kind kind, String value) {
        return switch (kind) {
            case PLAIN -> value;
            case PATH -> Format.path(Path.of(value));
            case URL ->
                QUERY.matcher(CREDENTIALS.matcher(value).replaceAll(STARS + "@"))
                        .replaceAll("?" + STARS);
            case SENSITIVE, SECRET -> STARS;
        };
    }

    /** Returns variables that are not settings but spelled much like one, each with the name of that setting. */
    static Map<String, String> misspelled(Settings settings) {
        Set<String> known = AllSettings.load().stream()
                .flatMap(spec -> spec.variables().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Map<String, String> misspelled = new TreeMap<>();
        for (String name : settings.names()) {
            if (!known.contains(name) && !LAUNCHER_VARIABLES.contains(name)) {
                nearest(name, known).ifPresent(candidate -> misspelled.put(name, candidate));
            }
        }
        return misspelled;
    }

    private static Optional<String> nearest(String name, Set<String> known) {
        String upper = name.toUpperCase(Locale.ROOT);
        String nearest = null;
        int least = MAX_DISTANCE + 1;
        for (String candidate : known) {
            int distance = distance(upper, candidate);
            // Short names are close to too many others, such as HOME to HOST.
            if (distance < least && distance <= candidate.length() / 5) {
                least = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Returns the Levenshtein distance. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
