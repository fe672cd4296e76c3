package dev.ngbak.cli;

import picocli.CommandLine.Option;

/** The options that every command has. */
final class CommonOptions {

    @Option(
            names = "--json",
            description = "JSON lines on stdout; the last one is the result, on failure too.")
    @SuppressWarnings("UnusedVariable") // Main reads it from the raw arguments, so that usage errors are JSON too
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;
}
