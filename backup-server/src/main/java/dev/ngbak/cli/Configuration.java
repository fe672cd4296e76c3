package dev.ngbak.cli;

import dev.ngbak.spi.Settings;
import java.util.List;

/**
 * The settings of a command, and where they come from.
 *
 * @param environment the variables of the process
 * @param file the file that {@code --config} names, or {@code null}
 * @param settings both together
 */
record Configuration(Settings environment, ConfigFile file, Settings settings) {

    static Configuration of(Settings environment, ConfigFile file) {
        return new Configuration(environment, file, file == null ? environment : file.under(environment));
    }

    /** Returns where the first of these variables that is set comes from, or {@code default} if none is set. */
    String source(List<String> variables) {
        for (String name : variables) {
            if (environment.text(name, null) != null) {
                return "environment";
            }
            if (settings.text(name, null) != null) {
                return "file " + file.path();
            }
        }
        return "default";
    }
}
