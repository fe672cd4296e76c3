package dev.ngbak.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One setting, as its owner declares it: a plugin, a repository, the engine or the server. It drives parsing, the archive's
 * copy of the configuration, redaction, {@code ngbak doctor} and the settings page.
 *
 * @param name the environment variable
 * @param defaultValue the value when the variable is not set, or {@code null} if there is no default
 * @param kind what the value may contain, which decides how it can be shown
 * @param description Markdown for the settings page: one or more sentences
 * @param scope the role of the store whose scope the setting names, so that its default depends on the GraphRAG system; or
 *     {@code null}
 */
public record SettingSpec(
        String name,
        @Nullable String defaultValue,
        Kind kind,
        String description,
        @Nullable Role scope) {

    /** What a value may contain. */
    public enum Kind {
        /** Nothing confidential. */
        PLAIN,
        /** A path, relative to the working directory of the process. Shown as an absolute path. */
        PATH,
        /** A URL that may contain a user, a password or a token, which are not shown. */
        URL,
        /** A value that may contain a secret, such as a command. Not shown. */
        SENSITIVE,
        /** A secret, which {@code NAME_FILE} may supply too. Not shown. */
        SECRET
    }

    /** The suffix of the variable that names a file with a secret in it. */
    public static final String FILE_SUFFIX = "_FILE";

    public SettingSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(description, "description");
    }

    public static SettingSpec plain(String name, @Nullable String defaultValue, String description) {
        return new SettingSpec(name, defaultValue, Kind.PLAIN, description, null);
    }

    /** Returns the setting that names the scope of a store. Its default is that of the default GraphRAG system. */
    public static SettingSpec scope(Role role, String name, @Nullable String defaultValue, String description) {
        return new SettingSpec(name, defaultValue, Kind.PLAIN, description, role);
    }

    public static SettingSpec path(String name, @Nullable String defaultValue, String description) {
        return new SettingSpec(name, defaultValue, Kind.PATH, description, null);
    }

    public static SettingSpec url(String name, @Nullable String defaultValue, String description) {
        return new SettingSpec(name, defaultValue, Kind.URL, description, null);
    }

    public static SettingSpec sensitive(String name, String description) {
        return new SettingSpec(name, null, Kind.SENSITIVE, description, null);
    }

    public static SettingSpec secret(String name, String description) {
        return new SettingSpec(name, null, Kind.SECRET, description, null);
    }

    /** Returns whether the value must never be shown. */
    public boolean isSecret() {
        return kind == Kind.SENSITIVE || kind == Kind.SECRET;
    }

    /** Returns the variables that may supply the value. */
    public List<String> variables() {
        return kind == Kind.SECRET ? List.of(name, name + FILE_SUFFIX) : List.of(name);
    }

    /** Returns the value that the settings give, or the default. */
    public Optional<String> text(Settings settings) {
        String value = settings.text(name);
        return Optional.ofNullable(value == null ? defaultValue : value);
    }

    /** Returns the value as {@link #text} does, for a setting that has a default. */
    public String required(Settings settings) {
        return text(settings)
                .orElseThrow(
                        () -> new BackupException(BackupException.Kind.INVALID, name + " is not set", "Set " + name));
    }
}
