package dev.ngbak.cli;

import dev.ngbak.spi.Settings;
import java.util.concurrent.Callable;

/** A command of {@link Main}, which prepares it before it is called. */
abstract class BaseCommand implements Callable<Integer> {

    static final String ID =
            "The id of an archive, the beginning of exactly one id, or latest: the newest archive that is not a safety archive.";
    static final String ID_OR_FILE = ID + " A file if it contains a / or ends in .ngbak.";

    Configuration configuration;
    Settings settings;
    Terminal terminal;

    final void prepare(Configuration newConfiguration, Terminal newTerminal) {
        configuration = newConfiguration;
        settings = newConfiguration.settings();
        terminal = newTerminal;
    }
}
