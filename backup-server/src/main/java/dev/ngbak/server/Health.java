package dev.ngbak.server;

import dev.ngbak.repository.DataLoss;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The answer to the question whether the data is safe.
 *
 * @param reasons why it is not, the most urgent first; sentences that say what to do
 * @param remarks what an operator should know although it does not change the status
 * @param loss the loss of data that the newest archive shows
 */
record Health(Status status, List<String> reasons, List<String> remarks, Optional<DataLoss> loss) {

    /** The status, from good to bad. */
    enum Status {
        /** A restore would bring back recent data. */
        PROTECTED,
        /** A backup is missing, old, or cannot be relied on. */
        AT_RISK,
        /** The data is in pieces, or nothing can be backed up now. */
        BROKEN;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Health {
        reasons = List.copyOf(reasons);
        remarks = List.copyOf(remarks);
    }

    static Health of(HealthFacts facts) {
        return new HealthJudgement(facts).health();
    }
}
