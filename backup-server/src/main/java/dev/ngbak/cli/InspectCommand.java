package dev.ngbak.cli;

import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Shows what an archive says of itself. ngbak verify checks that it is true.")
final class InspectCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    @Parameters(paramLabel = "ID-OR-FILE", description = "With a / or ending in .ngbak it is a file, else an id.")
    private String archive;

    InspectCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ArchiveInfo info = manager.inspect(manager.archive(archive));
        Manifest manifest = info.manifest();
        terminal.say(info.id() + ", " + Sizes.of(info.size()) + ", made " + Sizes.time(info.createdAt()) + " UTC by "
                + manifest.createdBy() + " in " + Sizes.seconds(manifest.durationMs() * 1_000_000L));
        terminal.say("File: " + Format.path(info.file()));
        if (manifest.note() != null) {
            terminal.say("Note: " + manifest.note());
        }
        terminal.say("Consistency: " + Format.consistency(manifest.consistency()));
        manifest.stores().forEach((role, store) -> {
            terminal.say("");
            terminal.say(role.id() + ": " + store.backend() + ", " + product(store.info()) + ", form "
                    + store.info().form() + ", "
                    + (store.summary().records() < 0
                            ? "records not counted"
                            : Sizes.count(store.summary().records(), "records"))
                    + (store.summary().contentDigest() == null ? ", no content digest" : ""));
            store.info().scope().forEach((name, value) -> terminal.say("  scope " + name + " = " + value));
            store.summary()
                    .counts()
                    .counts()
                    .forEach((name, count) -> terminal.say("  "
                            + (role == Role.GRAPH ? Sizes.count(count, name) : Format.number(count) + " in " + name)));
        });
        terminal.say("");
        manifest.files()
                .forEach(file ->
                        terminal.say(String.format(Locale.ROOT, "  %12s  %s", Sizes.of(file.size()), file.path())));
        terminal.say("Checksum " + manifest.checksum());
        if (info.idWarning() != null) {
            terminal.say("! " + info.idWarning());
        }
        terminal.result(Json.inspected(info));
        return ExitCode.DONE;
    }

    private static String product(StoreInfo info) {
        return info.version().equals("unknown") ? info.product() : info.product() + " " + info.version();
    }
}
