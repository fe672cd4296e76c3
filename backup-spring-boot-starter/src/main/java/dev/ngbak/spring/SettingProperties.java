package dev.ngbak.spring;

import dev.ngbak.engine.SettingCatalog;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** The properties of a Spring application that stand for settings of ngbak, including those of third-party plugins. */
final class SettingProperties {

    private static final String PREFIX = "ngbak.";
    private static final Pattern OURS = Pattern.compile("ngbak[._-].*", Pattern.CASE_INSENSITIVE);

    private SettingProperties() {}

    /** Returns the property of a variable: {@code ngbak.neo4j-url} for {@code NEO4J_URL}. */
    static String name(String variable) {
        return PREFIX + variable.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the settings that are set as properties. The variables of the process are not used. */
    static Settings read(Environment environment) {
        Binder binder = Binder.get(environment);
        Map<String, String> values = new HashMap<>();
        for (SettingSpec setting : SettingCatalog.load()) {
            for (String variable : setting.variables()) {
                binder.bind(name(variable), String.class).ifBound(value -> values.put(variable, value));
            }
        }
        return Settings.of(values);
    }

    /**
     * Returns a predicate for the keys of properties whose values may contain a secret, in any spelling that Spring accepts.
     * A property that no plugin here knows may be the secret of a plugin that is missing.
     */
    static Predicate<String> secrets() {
        Set<String> harmless = SettingCatalog.load().stream()
                .filter(setting -> setting.kind() == SettingSpec.Kind.PLAIN || setting.kind() == SettingSpec.Kind.PATH)
                .map(setting -> lettersAndDigits(name(setting.name())))
                .collect(Collectors.toSet());
        return key -> OURS.matcher(key).matches() && !harmless.contains(lettersAndDigits(key));
    }

    private static String lettersAndDigits(String key) {
        return key.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
