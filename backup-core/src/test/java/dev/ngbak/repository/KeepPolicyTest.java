package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeepPolicyTest {

    private static ArchiveInfo archive(String time) {
        Instant created = Instant.parse(time);
        return new ArchiveInfo(time, time, 1, created, created, null, null, null, null, ArchiveMarks.NONE);
    }

    /** Returns the kept times with their reasons, the newest first. */
    private static Map<String, List<String>> keep(String policy, String... times) {
        List<ArchiveInfo> archives = Stream.of(times)
                .map(KeepPolicyTest::archive)
                .sorted(Comparator.comparing(ArchiveInfo::createdAt).reversed())
                .toList();
        Map<String, List<String>> kept = new TreeMap<>(Comparator.reverseOrder());
        KeepPolicy.parse(policy)
                .orElseThrow()
                .keep(archives)
                .forEach((archive, reasons) -> kept.put(archive.id(), reasons));
        return kept;
    }

    @Test
    void lastCountsArchives() {
        assertThat(keep("last=2", "2025-10-06T01:00:00Z", "2025-10-06T02:00:00Z", "2025-10-06T03:00:00Z"))
                .containsOnly(
                        Map.entry("2025-10-06T03:00:00Z", List.of("last 1 of 2")),
                        Map.entry("2025-10-06T02:00:00Z", List.of("last 2 of 2")));
    }

    @Test
    void dailyKeepsTheNewestOfEachDayThatHasOne() {
        assertThat(keep(
                        "daily=2",
                        "2025-10-06T23:59:59Z",
                        "2025-10-06T00:00:00Z",
                        "2025-10-03T12:00:00Z",
                        "2025-10-03T11:00:00Z",
                        "2025-10-01T12:00:00Z"))
                .containsOnly(
                        Map.entry("2025-10-06T23:59:59Z", List.of("daily 2025-10-06")),
                        Map.entry("2025-10-03T12:00:00Z", List.of("daily 2025-10-03")));
    }

    /** The first of January of 2027 is a Friday, so it belongs to the last week of 2026. */
    @Test
    void weeksBeginOnMondayAndBelongToTheirOwnYear() {
        assertThat(keep("weekly=3", "2027-01-04T00:00:00Z", "2027-01-03T23:59:59Z", "2026-12-28T00:00:00Z"))
                .containsOnly(
                        Map.entry("2027-01-04T00:00:00Z", List.of("weekly 2027-W01")),
                        Map.entry("2027-01-03T23:59:59Z", List.of("weekly 2026-W53")));
    }

    @Test
    void archiveCanBeKeptByManyRules() {
        assertThat(keep(
                        "last=1,daily=1,weekly=1,monthly=2,yearly=2",
                        "2025-10-06T12:00:00Z",
                        "2025-09-30T12:00:00Z",
                        "2024-12-31T12:00:00Z"))
                .containsOnly(
                        Map.entry(
                                "2025-10-06T12:00:00Z",
                                List.of(
                                        "last 1 of 1",
                                        "daily 2025-10-06",
                                        "weekly 2025-W41",
                                        "monthly 2025-10",
                                        "yearly 2025")),
                        Map.entry("2025-09-30T12:00:00Z", List.of("monthly 2025-09")),
                        Map.entry("2024-12-31T12:00:00Z", List.of("yearly 2024")));
    }

    @Test
    void twoPoliciesKeepWhatEitherKeeps() {
        KeepPolicy both = KeepPolicy.parse("last=3,daily=7").orElseThrow().or(KeepPolicy.last(5));

        assertThat(both).hasToString("last=5,daily=7");
    }

    @Test
    void rulesAreWrittenInAFixedOrder() {
        assertThat(KeepPolicy.parse(" yearly = 3 , last=7"))
                .hasValueSatisfying(policy -> assertThat(policy).hasToString("last=7,yearly=3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "last",
                "last=0",
                "last=-1",
                "last=x",
                "last=1,last=2",
                "hourly=3",
                "last=1,",
                "LAST=1",
                "last=1234567890"
            })
    void otherTextsAreRefused(String text) {
        assertThat(KeepPolicy.parse(text)).isEmpty();
    }
}
