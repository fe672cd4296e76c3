package dev.ngbak.cli;

import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Shows the manifest of an archive. To check whether the content matches it, use ngbak verify.")
@Reference(
        examples = {"ngbak inspect latest", "ngbak inspect ./copied.ngbak --json | jq .statistics"},
        exits = {ExitCode.DAMAGED, ExitCode.NOT_FOUND, ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE})
final class InspectCommand extends BaseCommand {

    @Parameters(paramLabel = "ID-OR-FILE", description = ID_OR_FILE)
    private String archive;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ArchiveInfo info = manager.inspect(manager.archive(archive));
        Manifest manifest = info.manifest();
        terminal.println(info.id() + ", " + Sizes.of(info.size()) + ", made " + Sizes.time(info.createdAt())
                + " UTC by " + manifest.createdBy()
                + (manifest.isOfOtherTool() ? "" : " in " + Sizes.seconds(manifest.durationMs() * 1_000_000L)));
        terminal.println("File: " + info.location());
        if (info.lockedUntil() != null) {
            terminal.println("Locked: until " + Sizes.time(info.lockedUntil()) + " UTC; it cannot be deleted before");
        }
        if (manifest.note() != null) {
            terminal.println("Note: " + manifest.note());
        }
        if (info.encrypted()) {
            terminal.println("Encrypted: yes");
        }
        if (info.signature() != SignatureStatus.UNSIGNED) {
            terminal.println("Signature: " + Format.signature(info.signature()));
        }
        terminal.println("System: " + manifest.system().displayName());
        terminal.println("Capture: " + Format.capture(manifest.consistency()));
        Format.check(manifest).ifPresent(check -> terminal.println("Reference check: " + check));
        info.marks()
                .drills()
                .forEach(drill -> terminal.println("Drill: " + (drill.passed() ? "restore-tested " : "FAILED ")
                        + Sizes.time(drill.at()) + " UTC"));
        manifest.stores().forEach((role, store) -> {
            terminal.println("");
            terminal.println(role.id() + ": " + store.backend() + ", " + product(store.info()) + ", form "
                    + store.info().form() + ", "
                    + (store.summary().records() < 0
                            ? "records not counted"
                            : Sizes.count(store.summary().records(), "records"))
                    + (store.summary().contentDigest() == null ? ", no content digest" : ""));
            store.info().scope().forEach((name, value) -> terminal.println("  scope " + name + " = " + value));
            store.summary()
                    .counts()
                    .counts()
                    .forEach((name, count) -> terminal.println("  "
                            + (role == Role.GRAPH ? Sizes.count(count, name) : Format.number(count) + " in " + name)));
        });
        terminal.println("");
        manifest.files()
                .forEach(file ->
                        terminal.println(String.format(Locale.ROOT, "  %12s  %s", Sizes.of(file.size()), file.path())));
        terminal.println("Checksum " + manifest.checksum());
        info.idWarning().ifPresent(warning -> terminal.println("! " + warning));
        terminal.printResult(Json.inspected(info));
        return ExitCode.DONE;
    }

    private static String product(StoreInfo info) {
        return info.version().equals("unknown") ? info.product() : info.product() + " " + info.version();
    }
}
