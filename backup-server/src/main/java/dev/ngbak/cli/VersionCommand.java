package dev.ngbak.cli;

import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.Version;
import picocli.CommandLine.Command;

@Command(
        name = "version",
        description = "Shows the version of ngbak, of the archive format that it writes, and of Java.")
@Reference(
        examples = {"ngbak version", "ngbak version --json | jq -r .version"},
        groups = {})
final class VersionCommand extends BaseCommand {

    @Override
    public Integer call() {
        String java = System.getProperty("java.version");
        terminal.println("ngbak " + Version.text());
        terminal.println("archive format " + Manifest.FORMAT);
        terminal.println("Java " + java);
        terminal.printResult(Terminal.object()
                .put("version", Version.text())
                .put("format", Manifest.FORMAT)
                .put("java", java));
        return ExitCode.DONE;
    }
}
