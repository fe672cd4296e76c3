package dev.ngbak.repository;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which archives to keep: the newest ones, and the newest one of each of the latest days, weeks, months and years. Only
 * periods that have an archive count. Days and weeks are those of UTC, and weeks those of ISO 8601.
 *
 * @param counts the number of archives that each rule keeps, 1 or more; empty for a policy that keeps every archive
 */
public record KeepPolicy(Map<Rule, Long> counts) {

    /** A rule. Two archives with the same key count once. */
    public enum Rule {
        LAST(null),
        DAILY("uuuu-MM-dd"),
        WEEKLY("YYYY-'W'ww"),
        MONTHLY("uuuu-MM"),
        YEARLY("uuuu");

        private final Function<Instant, String> period;

        Rule(String pattern) {
            // The root locale begins weeks on Sunday; ISO 8601 begins them on Monday, as Germany does.
            DateTimeFormatter format = pattern == null
                    ? null
                    : DateTimeFormatter.ofPattern(pattern, Locale.GERMANY).withZone(ZoneOffset.UTC);
            this.period = format == null ? null : format::format;
        }

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Pattern RULE =
            Pattern.compile("\\s*(last|daily|weekly|monthly|yearly)\\s*=\\s*([1-9]\\d{0,8})\\s*");

    public KeepPolicy {
        counts = Map.copyOf(counts);
    }

    /** Returns a policy that keeps the newest archives; every archive if the number is 0. */
    public static KeepPolicy last(long count) {
        return new KeepPolicy(count == 0 ? Map.of() : Map.of(Rule.LAST, count));
    }

    /** The rules that {@link #parse} accepts, for messages. */
    public static final String ALLOWED =
            "rules separated by commas, such as last=7,daily=14,weekly=8,monthly=12,yearly=3, each"
                    + " at most once and with a number of 1 or more";

    /** Parses a policy such as {@code last=7,daily=14,weekly=8,monthly=12,yearly=3}. Returns empty for any other text. */
    public static Optional<KeepPolicy> parse(String text) {
        Map<Rule, Long> counts = new EnumMap<>(Rule.class);
        for (String part : text.split(",", -1)) {
            Matcher pair = RULE.matcher(part);
            if (!pair.matches()) {
                return Optional.empty();
            }
            Rule rule = Rule.valueOf(pair.group(1).toUpperCase(Locale.ROOT));
            if (counts.put(rule, Long.parseLong(pair.group(2))) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(new KeepPolicy(counts));
    }

    /** Returns a policy that keeps what this one or the other one keeps. */
    public KeepPolicy or(KeepPolicy other) {
        Map<Rule, Long> both = new EnumMap<>(Rule.class);
        both.putAll(counts);
        other.counts.forEach((rule, count) -> both.merge(rule, count, Math::max));
        return new KeepPolicy(both);
    }

    /** Returns whether it keeps every archive. */
    public boolean keepsAll() {
        return counts.isEmpty();
    }

    /**
     * Returns the archives that at least one rule keeps, each with the reasons, such as {@code daily 2025-10-06}.
     *
     * @param newestFirst in the order in which the rules count them
     */
    public Map<ArchiveInfo, List<String>> keep(List<ArchiveInfo> newestFirst) {
        Map<ArchiveInfo, List<String>> kept = new LinkedHashMap<>();
        for (Rule rule : Rule.values()) {
            long count = counts.getOrDefault(rule, 0L);
            Set<String> periods = new HashSet<>();
            for (ArchiveInfo archive : newestFirst) {
                if (periods.size() >= count) {
                    break;
                }
                String period = rule.period == null ? archive.id() : rule.period.apply(archive.createdAt());
                if (periods.add(period)) {
                    kept.computeIfAbsent(archive, any -> new ArrayList<>())
                            .add(rule.id() + " " + (rule.period == null ? periods.size() + " of " + count : period));
                }
            }
        }
        return kept;
    }

    /** Returns the text that {@link #parse} reads. */
    @Override
    public String toString() {
        return Arrays.stream(Rule.values())
                .filter(counts::containsKey)
                .map(rule -> rule.id() + "=" + counts.get(rule))
                .collect(Collectors.joining(","));
    }
}
