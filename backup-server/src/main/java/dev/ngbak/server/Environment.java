package dev.ngbak.server;

import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of the environment that the dashboard shows, so that nobody mistakes production for staging.
 *
 * @param colour as {@code #rrggbb}, or {@code null} for none
 */
record Environment(String name, @Nullable String colour) {

    static final SettingSpec SETTING = SettingSpec.plain(
            "BACKUP_ENVIRONMENT",
            null,
            "The name of this environment, which the dashboard shows on every page, with an optional colour: `production`, or"
                    + " `staging:#8a5a00`.");

    private static final Pattern FORM =
            Pattern.compile("([\\p{L}\\p{N}][\\p{L}\\p{N} ._-]{0,39})(:(#[0-9A-Fa-f]{6}))?");

    /** Returns the environment that the settings name, or {@code null}. */
    static @Nullable Environment from(Settings settings) {
        String text = SETTING.text(settings).orElse(null);
        if (text == null) {
            return null;
        }
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw Settings.unusable(
                    SETTING.name(),
                    text,
                    "a name of at most 40 letters, digits, spaces, dots, dashes and underscores, perhaps followed by a colour,"
                            + " such as staging:#8a5a00");
        }
        String colour = parts.group(3);
        return new Environment(parts.group(1).strip(), colour == null ? null : colour.toLowerCase(Locale.ROOT));
    }
}
