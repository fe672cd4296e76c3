package dev.ngbak.cli;

import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.ChangeMarker.Comparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The engine's answers in plain words. */
final class Format {

    private static final List<String> MAIN = List.of("documents", "chunks", "entities", "relationships", "communities");

    private Format() {}

    /** The five main counts of a GraphRAG system. */
    static String counts(Map<String, Long> statistics) {
        return MAIN.stream()
                .map(name -> Sizes.count(statistics.getOrDefault(name, 0L), name))
                .collect(Collectors.joining(", "));
    }

    static String consistency(Manifest.Consistency consistency) {
        String changed = consistency.stores().entrySet().stream()
                .filter(store -> store.getValue() != Comparison.UNCHANGED)
                .map(store ->
                        store.getKey().id() + " " + store.getValue().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return switch (consistency.grade()) {
            case FENCED -> "fenced, the writers were held and nothing changed";
            case QUIESCENT -> "quiescent, nothing was written to any store during the backup";
            case FUZZY ->
                "fuzzy, the parts may be of slightly different moments"
                        + (changed.isEmpty() ? "" : " (" + changed + ")");
        };
    }

    /** A table of what is archived, what is live, and what would change. */
    static List<String> table(RestorePlan plan) {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(Locale.ROOT, "  %-34s %14s %14s %16s", "", "in archive", "live now", "change in count"));
        plan.changes()
                .forEach((name, change) -> lines.add(String.format(
                        Locale.ROOT,
                        "  %-34s %14s %14s %16s",
                        name,
                        number(plan.archived().getOrDefault(name, 0L)),
                        number(plan.live().getOrDefault(name, 0L)),
                        change == 0 ? "0" : String.format(Locale.ROOT, "%+,d", change))));
        return lines;
    }

    /** How the content of a live store compares with the archive. */
    static String content(RestorePlan.Content content) {
        return switch (content) {
            case EQUAL -> "equal to the archive";
            case DIFFERENT -> "different from the archive";
            case UNKNOWN -> "cannot be compared";
        };
    }

    /** A path that leads to the same file from anywhere. */
    static String path(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
