package dev.ngbak.engine;

import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.SafeText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects what a conversion cannot keep exactly: each kind of loss once, with a count and an example. */
final class LossReport {

    private record Kind(Role role, String what) {}

    private static final class Count {
        private final String example;
        private long records;

        Count(String example) {
            this.example = example;
        }
    }

    private final Map<Kind, Count> losses = new LinkedHashMap<>();

    Losses of(Role role) {
        return (what, record) -> losses.computeIfAbsent(new Kind(role, what), any -> new Count(record)).records++;
    }

    /** Returns a whole sentence for each kind of loss. */
    List<String> sentences() {
        return losses.entrySet().stream()
                .map(loss -> loss.getKey().role().id() + ": " + loss.getKey().what() + " ("
                        + Sizes.count(loss.getValue().records, "times") + ", for example: "
                        + SafeText.forMessage(loss.getValue().example) + ").")
                .toList();
    }
}
