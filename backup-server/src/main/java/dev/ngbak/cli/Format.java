package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.ChangeMarker.Comparison;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Formats results and progress for people. */
final class Format {

    private static final List<String> MAIN_COUNTS =
            List.of("documents", "chunks", "entities", "relationships", "communities");
    private static final String PLAN_ROW = "  %-34s %14s %14s %16s";

    private Format() {}

    /** Returns the five main counts of a GraphRAG system. */
    static String counts(Map<String, Long> statistics) {
        return MAIN_COUNTS.stream()
                .map(name -> Sizes.count(statistics.getOrDefault(name, 0L), name))
                .collect(Collectors.joining(", "));
    }

    /** Returns whether writers were active during the backup, which says nothing about integrity. */
    static String capture(Manifest.Consistency consistency) {
        String changed = consistency.stores().entrySet().stream()
                .filter(store -> store.getValue() != Comparison.UNCHANGED)
                .map(store ->
                        store.getKey().id() + " " + store.getValue().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return switch (consistency.grade()) {
            case FENCED -> "fenced, a hook held the writers and no store changed";
            case QUIESCENT -> "quiescent, no store changed during the backup";
            case FUZZY ->
                "fuzzy, the stores may be captured at slightly different moments"
                        + (changed.isEmpty() ? "" : " (" + changed + ")");
        };
    }

    /** Returns the result of the reference check, or empty if there is none. */
    static Optional<String> check(Manifest manifest) {
        return Optional.ofNullable(manifest.check()).map(check -> {
            String broken = check.rules().entrySet().stream()
                    .filter(rule -> rule.getValue() > 0)
                    .map(rule -> rule.getKey() + " " + Sizes.count(rule.getValue(), "times"))
                    .collect(Collectors.joining(", "));
            return Sizes.count(check.errors(), "errors") + ", " + Sizes.count(check.warnings(), "warnings") + " in "
                    + Sizes.count(check.rules().size(), "rules") + (broken.isEmpty() ? "" : "; broken: " + broken);
        });
    }

    /** Returns what a signature proves. */
    static String signature(SignatureStatus signature) {
        return switch (signature) {
            case VALID -> "valid, made with a trusted key";
            case UNTRUSTED ->
                "by an unknown key, which proves nothing; BACKUP_TRUSTED_KEYS_FILE names the trusted keys";
            case UNSIGNED -> "none";
        };
    }

    /** Returns a table of the counts in the archive, the live counts, and their differences. */
    static List<String> table(RestorePlan plan) {
        List<String> lines = new ArrayList<>();
        lines.add(row("", "in archive", "live now", "change in count"));
        plan.changes()
                .forEach((name, change) -> lines.add(row(
                        name,
                        number(plan.archived().getOrDefault(name, 0L)),
                        number(plan.live().getOrDefault(name, 0L)),
                        change == 0 ? "0" : String.format(Locale.ROOT, "%+,d", change))));
        return lines;
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, PLAN_ROW, (Object[]) cells);
    }

    /** Returns how the content of a live store compares with the archive. */
    static String content(RestorePlan.Content content) {
        return switch (content) {
            case EQUAL -> "equal to the archive";
            case DIFFERENT -> "different from the archive";
            case UNKNOWN -> "cannot be compared";
        };
    }

    /** Returns the absolute form of a path. */
    static String path(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    /** Returns the day in UTC: {@code 2025-10-06}. */
    static String date(Instant time) {
        return time.toString().substring(0, "2025-10-06".length());
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Returns the progress of a running job as a line of {@code --json}. */
    static ObjectNode progressJson(Job job) {
        ObjectNode line = Terminal.object();
        line.put("type", "progress").put("phase", job.phaseLabel());
        ObjectNode stores = line.putObject("stores");
        job.progress()
                .forEach((role, store) -> stores.putObject(role.id())
                        .put("current", store.current())
                        .put("total", store.total() < 0 ? null : (Long) store.total())
                        .put("unit", store.unit()));
        return line;
    }
}
