package dev.ngbak.check;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.CheckRule.Severity;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a reference check.
 *
 * @param seen the number of records of each type
 * @param results one for each rule, in the order of the layout
 * @param warnings whole sentences about the limits of the check
 */
public record CheckReport(Map<String, Long> seen, List<Result> results, List<String> warnings) {

    /**
     * The result of one rule.
     *
     * @param count how often the rule is broken
     * @param looked the number of records that the rule applies to; if it is 0, the rule says nothing about the system
     * @param samples the first few violations, safe to show
     * @param obstacle the reason why the rule could not be checked; empty if it was checked
     */
    public record Result(CheckRule rule, long count, long looked, List<String> samples, Optional<String> obstacle) {

        public Result {
            samples = List.copyOf(samples);
        }

        public Outcome outcome() {
            if (obstacle.isPresent()) {
                return Outcome.NOT_CHECKED;
            }
            if (count > 0) {
                return Outcome.BROKEN;
            }
            return looked > 0 ? Outcome.HOLDS : Outcome.NOTHING_TO_CHECK;
        }
    }

    /** The outcome of one rule. */
    public enum Outcome {
        HOLDS,
        BROKEN,
        /** The rule applies to no record. */
        NOTHING_TO_CHECK,
        /** A store did not show its records. */
        NOT_CHECKED
    }

    public CheckReport {
        seen = Collections.unmodifiableMap(new LinkedHashMap<>(seen));
        results = List.copyOf(results);
        warnings = List.copyOf(warnings);
    }

    /** Returns the number of broken rules of a severity. */
    public long broken(Severity severity) {
        return results.stream()
                .filter(result ->
                        result.outcome() == Outcome.BROKEN && result.rule().severity() == severity)
                .count();
    }

    /** Returns the number of rules with an outcome. */
    public long count(Outcome outcome) {
        return results.stream().filter(result -> result.outcome() == outcome).count();
    }

    /**
     * Returns the result of a rule.
     *
     * @throws java.util.NoSuchElementException if the layout has no such rule
     */
    public Result result(CheckRule.Id rule) {
        return results.stream()
                .filter(result -> result.rule().id() == rule)
                .findFirst()
                .orElseThrow();
    }
}
