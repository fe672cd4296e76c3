package dev.ngbak.cli;

import dev.ngbak.spi.Settings;
import java.util.concurrent.Callable;

/** A command of {@link Main}, which sets the fields before it calls the command. */
abstract class BaseCommand implements Callable<Integer> {

    Settings settings;
    Terminal terminal;
}
