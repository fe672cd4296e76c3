package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestorePlan.Content;
import dev.ngbak.engine.StateDifference;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Role;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        description = {
            "Compares an archive with the live stores or with another archive: counts, and by content digest which kinds of"
                    + " records, collections and namespaces differ.",
            "Verifies the archives first and changes nothing. The exit code is 0 whether the two are equal or differ; the"
                    + " last line says which, and equal in the JSON result is true only if all stores are proved equal by"
                    + " content digest. A native Qdrant snapshot cannot be compared by content."
        })
@Reference(
        examples = {
            "ngbak diff latest                   # with the live stores",
            "ngbak diff before-reindex latest",
            "ngbak diff latest --json | tail -n 1 | jq .equal"
        },
        groups = {Group.ARCHIVES, Group.STORES},
        exits = {ExitCode.DAMAGED, ExitCode.NOT_FOUND, ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE})
final class DiffCommand extends BaseCommand {

    private static final String LIVE = "live";
    private static final String ROW = "%-26s  %14s  %14s  %14s  %s";
    private static final int MAX_LABEL = 14;

    @Parameters(index = "0", paramLabel = "A", description = ID_OR_FILE)
    private String left;

    @Parameters(
            index = "1",
            paramLabel = "B|live",
            arity = "0..1",
            description = "As A, or live for the live stores, which is the default.")
    private String right = LIVE;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        ReadableArchive first = manager.archive(left);
        ReadableArchive second = right.equals(LIVE) ? null : manager.archive(right);
        StateDifference difference = terminal.runReading(job -> manager.compare(first, second, job));
        String leftName = name(manager.inspect(first));
        String rightName = second == null ? "the live stores" : name(manager.inspect(second));
        terminal.println("Compared " + leftName + " with " + rightName + ".");
        terminal.println("");
        terminal.println(row("", label(first), second == null ? LIVE : label(second), "change", "content"));
        difference.stores().forEach(this::show);
        difference.warnings().forEach(warning -> terminal.println("! " + warning));
        terminal.println("");
        terminal.println(verdict(difference));
        terminal.printResult(
                json(difference).put("left", first.location()).put("right", second == null ? LIVE : second.location()));
        return ExitCode.DONE;
    }

    private static String name(ArchiveInfo archive) {
        return "the archive " + archive.id();
    }

    private static String label(ReadableArchive archive) {
        String name = archive.name();
        return name.length() <= MAX_LABEL ? name : "…" + name.substring(name.length() - MAX_LABEL + 1);
    }

    private void show(Role role, StateDifference.Store store) {
        terminal.println(row(role.id(), "", "", "", text(store.content())));
        store.groups()
                .forEach((name, group) -> terminal.println(row(
                        "  " + name,
                        number(group.left()),
                        number(group.right()),
                        change(group),
                        text(group.content()))));
        if (store.reason() != null) {
            terminal.println("  cannot be compared by content: " + store.reason() + ".");
        }
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, ROW, (Object[]) cells).stripTrailing();
    }

    private static String number(Long count) {
        return count == null ? "-" : Format.number(count);
    }

    private static String change(StateDifference.Group group) {
        if (group.left() == null || group.right() == null) {
            return "-";
        }
        long change = group.right() - group.left();
        return change == 0 ? "0" : String.format(Locale.ROOT, "%+,d", change);
    }

    private static String text(Content content) {
        return content == Content.UNKNOWN
                ? "cannot be compared"
                : content.name().toLowerCase(Locale.ROOT);
    }

    private static String verdict(StateDifference difference) {
        if (difference.isEqual()) {
            return "The two are equal, by content digest.";
        }
        String different = roles(difference, Content.DIFFERENT);
        String unknown = roles(difference, Content.UNKNOWN);
        return (different.isEmpty() ? "No difference was found" : "The two differ in " + different)
                + (unknown.isEmpty() ? "." : "; the contents of " + unknown + " cannot be compared.");
    }

    private static String roles(StateDifference difference, Content content) {
        return difference.stores().entrySet().stream()
                .filter(store -> store.getValue().content() == content)
                .map(store -> store.getKey().id())
                .collect(Collectors.joining(", "));
    }

    private static ObjectNode json(StateDifference difference) {
        ObjectNode json = Terminal.object().put("equal", difference.isEqual());
        ObjectNode stores = json.putObject("stores");
        difference.stores().forEach((role, store) -> {
            ObjectNode node = stores.putObject(role.id())
                    .put("content", word(store.content()))
                    .put("reason", store.reason());
            ObjectNode groups = node.putObject("groups");
            store.groups()
                    .forEach((name, group) -> groups.putObject(name)
                            .put("left", group.left())
                            .put("right", group.right())
                            .put("content", word(group.content())));
        });
        Json.strings(json, "warnings", difference.warnings());
        return json;
    }

    private static String word(Content content) {
        return content.name().toLowerCase(Locale.ROOT);
    }
}
