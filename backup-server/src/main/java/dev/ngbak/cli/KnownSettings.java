package dev.ngbak.cli;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
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
     * @param source where the value comes from: {@code environment}, {@code file} and its path, the name of the GraphRAG
     *     system if its own variables or its scopes imply the value, or {@code default}
     */
    record EffectiveSetting(String name, String value, boolean isDefault, String source) {}

    private static final String STARS = "***";

    /** Variables of the launcher, which are not misspelled settings. */
    private static final List<String> LAUNCHER_VARIABLES =
            List.of("NGBAK_JAVA", "NGBAK_JAVA_OPTS", "NGBAK_DEBUG", "JAVA_HOME");

    private static final Pattern CREDENTIALS = Pattern.compile("(?<=://).*@");
    private static final Pattern QUERY = Pattern.compile("\\?.*");

    private KnownSettings() {}

    /** Returns the effective values of all settings, in the order of the settings page. */
    static List<EffectiveSetting> effective(Configuration configuration) {
        Settings implied = implied(configuration.settings());
        return AllSettings.load().stream()
                .map(spec -> effective(spec, configuration, implied))
                .toList();
    }

    /** Returns the settings that the variables of the GraphRAG system imply, or those given if some are unusable. */
    private static Settings implied(Settings settings) {
        try {
            return GraphLayout.of(settings).effective(settings);
        } catch (BackupException e) {
            return settings;
        }
    }

    private static EffectiveSetting effective(SettingSpec spec, Configuration configuration, Settings implied) {
        Optional<String> given = value(spec, configuration.settings());
        Optional<String> value = value(spec, implied);
        Optional<String> byDefault = defaultValue(spec, implied);
        String effective = value.or(() -> byDefault).orElse(null);
        return new EffectiveSetting(
                spec.name(),
                effective == null ? null : display(spec.kind(), effective),
                value.isEmpty(),
                given.equals(value) && (value.isPresent() || byDefault.equals(Optional.ofNullable(spec.defaultValue())))
                        ? configuration.source(spec.variables())
                        : GraphLayout.of(implied).name());
    }

    /** Returns the default in the layout that the settings select, or the general one if they are unusable. */
    private static Optional<String> defaultValue(SettingSpec spec, Settings settings) {
        try {
            return GraphLayout.defaultValue(spec, settings);
        } catch (BackupException e) {
            return Optional.ofNullable(spec.defaultValue());
        }
    }

    private static Optional<String> value(SettingSpec spec, Settings settings) {
        return spec.variables().stream()
                .map(name -> settings.text(name, null))
                .filter(Objects::nonNull)
                .findFirst();
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
        Set<String> known = AllSettings.withScratch().stream()
                .flatMap(spec -> spec.variables().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Map<String, String> misspelled = new TreeMap<>();
        for (String name : settings.names()) {
            if (!known.contains(name) && !LAUNCHER_VARIABLES.contains(name)) {
                Suggestion.setting(name, known).ifPresent(candidate -> misspelled.put(name, candidate));
            }
        }
        return misspelled;
    }
}
