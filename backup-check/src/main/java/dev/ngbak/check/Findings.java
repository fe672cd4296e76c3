package dev.ngbak.check;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Collects violations of rules and the number of records, and makes a report of them. */
final class Findings {

    private static final int MAX_SAMPLES = 5;

    /** The types of records that a report counts. */
    enum RecordType {
        DOCUMENTS,
        CHUNKS,
        COMMUNITY_REPORTS,
        NODES,
        RELATIONSHIPS,
        ENTITY_VECTORS,
        CHUNK_VECTORS
    }

    /** Describes a violation. Called only for those that the report shows. */
    interface Sample {
        String text() throws IOException;
    }

    private static final class Finding {
        private final List<String> samples = new ArrayList<>();
        private long count;
        private long looked;
    }

    private final Map<Id, Finding> findings = new EnumMap<>(Id.class);
    private final Map<RecordType, Long> seen = new EnumMap<>(RecordType.class);
    private final Map<Role, String> obstacles = new EnumMap<>(Role.class);

    Findings() {
        for (Id rule : Id.values()) {
            findings.put(rule, new Finding());
        }
        for (RecordType type : RecordType.values()) {
            seen.put(type, 0L);
        }
    }

    void leaveOut(Role role, String obstacle) {
        obstacles.put(role, obstacle);
    }

    /** Counts a record. */
    void count(RecordType type) {
        seen.merge(type, 1L, Long::sum);
    }

    /** Counts a record that a rule applies to. */
    void look(Id rule) {
        findings.get(rule).looked++;
    }

    void violate(Id rule, Sample sample) throws IOException {
        violate(rule, 1, sample);
    }

    /** Adds several violations that share one sample. */
    void violate(Id rule, long count, Sample sample) throws IOException {
        Finding finding = findings.get(rule);
        finding.count += count;
        if (finding.samples.size() < MAX_SAMPLES) {
            finding.samples.add(SafeText.forMessage(sample.text()));
        }
    }

    CheckReport report(List<CheckRule> rules, List<String> warnings) {
        Map<String, Long> counts = new LinkedHashMap<>();
        seen.forEach((type, count) -> counts.put(type.name().toLowerCase(Locale.ROOT), count));
        return new CheckReport(counts, rules.stream().map(this::result).toList(), warnings);
    }

    private CheckReport.Result result(CheckRule rule) {
        Optional<String> obstacle = rule.needs().stream()
                .sorted()
                .filter(obstacles::containsKey)
                .map(obstacles::get)
                .findFirst();
        if (obstacle.isPresent()) {
            return new CheckReport.Result(rule, 0, 0, List.of(), obstacle);
        }
        Finding finding = findings.get(rule.id());
        return new CheckReport.Result(rule, finding.count, finding.looked, finding.samples, obstacle);
    }
}
