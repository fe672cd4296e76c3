package dev.ngbak.cli;

import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.SettingSpec;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.function.Supplier;

/** What a command adds to its help, its manual page and the command reference, besides its options. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Reference {

    /** A set of settings that several commands read. */
    enum Group {
        STORES("The stores", AllSettings::ofStores),
        ARCHIVES("The archives", AllSettings::ofArchives),
        SYSTEM("The system", AllSettings::ofSystem),
        SERVER("The server", AllSettings::ofServer);

        final String title;
        private final Supplier<List<SettingSpec>> settings;

        Group(String title, Supplier<List<SettingSpec>> settings) {
            this.title = title;
            this.settings = settings;
        }

        List<SettingSpec> settings() {
            return settings.get();
        }
    }

    /** Command lines, each with a comment in shell syntax. */
    String[] examples();

    /** The groups of settings that the command reads. */
    Group[] groups() default {Group.ARCHIVES};

    /** The other settings that the command reads. */
    String[] settings() default {};

    /** The exit codes that the command can return besides those that any command can. */
    int[] exits() default {};
}
