package dev.ngbak.engine;

import dev.ngbak.engine.CheckRule.Severity;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a check of the references between the stores found.
 *
 * @param seen how many records of each sort were looked at
 * @param results one for each rule, in their order
 * @param warnings what else a person should know; whole sentences
 */
public record CheckReport(Map<String, Long> seen, List<Result> results, List<String> warnings) {

    /**
     * What became of one rule.
     *
     * @param count how often it does not hold
     * @param looked how many records it was about; a rule about none says nothing of the system
     * @param samples the first few cases, made harmless to show
     * @param unchecked why the rule could not be looked at, or {@code null}
     */
    public record Result(CheckRule rule, long count, long looked, List<String> samples, String unchecked) {

        public Result {
            samples = List.copyOf(samples);
        }

        /** What became of the rule. */
        public Outcome outcome() {
            if (unchecked != null) {
                return Outcome.NOT_CHECKED;
            }
            return count > 0 ? Outcome.BROKEN : looked > 0 ? Outcome.HOLDS : Outcome.NOTHING_TO_CHECK;
        }
    }

    /** What may become of a rule. */
    public enum Outcome {
        HOLDS,
        BROKEN,
        /** There is no record that the rule is about. */
        NOTHING_TO_CHECK,
        /** The records could not be seen. */
        NOT_CHECKED
    }

    public CheckReport {
        seen = Collections.unmodifiableMap(new LinkedHashMap<>(seen));
        results = List.copyOf(results);
        warnings = List.copyOf(warnings);
    }

    /** How many rules of a severity do not hold. */
    public long broken(Severity severity) {
        return results.stream()
                .filter(result ->
                        result.outcome() == Outcome.BROKEN && result.rule().severity() == severity)
                .count();
    }

    /** Of how many rules something became. */
    public long count(Outcome outcome) {
        return results.stream().filter(result -> result.outcome() == outcome).count();
    }

    /** How many rules could not be looked at. */
    public long unchecked() {
        return count(Outcome.NOT_CHECKED);
    }
}
