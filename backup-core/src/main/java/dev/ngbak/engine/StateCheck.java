package dev.ngbak.engine;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Checks the references between the stores on the records that a backup reads anyway. Found by {@link ServiceLoader};
 * {@code backup-check} contains the implementation.
 */
public interface StateCheck {

    /** Begins a check. The caller closes it. */
    Session begin(Settings settings) throws IOException;

    /** One check. Not thread-safe. */
    interface Session extends Closeable {

        /** Returns the visitor of the records of a store. The records of the stores may come in any order. */
        RecordVisitor visitor(Role role);

        /**
         * Returns the result. Called once, after all records.
         *
         * @param hidden the stores whose records were not visited, or not all of them
         */
        Result finish(Set<Role> hidden) throws IOException;
    }

    /**
     * The result of a check.
     *
     * @param rules one for each rule that could be checked
     * @param unchecked the number of rules that could not be checked
     */
    record Result(List<RuleResult> rules, int unchecked) {
        public Result {
            rules = List.copyOf(rules);
        }
    }

    /**
     * The result of one rule.
     *
     * @param violations how often the rule is broken
     * @param sample a violation, safe to show; empty if there is none
     */
    record RuleResult(CheckRule rule, long violations, Optional<String> sample) {}
}
