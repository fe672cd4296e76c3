package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.Job.StoreProgress;
import dev.ngbak.spi.Role;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the rate and the time left, with a clock of its own. */
class ProgressLineTest {

    private static final int WIDE = 1_000;

    private final ProgressLine line = new ProgressLine(0);

    private String at(double seconds, long current, long total, String unit) {
        return at("exporting", seconds, current, total, unit);
    }

    private String at(String phase, double seconds, long current, long total, String unit) {
        long now = Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
        return line.text(phase, Map.of(Role.GRAPH, new StoreProgress(current, total, unit)), now, WIDE);
    }

    @Test
    void rateAndTimeLeftFollowTheProgress() {
        at(0, 0, 100_000, "records");
        for (int second = 1; second < 10; second++) {
            at(second, second * 1_000L, 100_000, "records");
        }

        assertThat(at(10, 10_000, 100_000, "records"))
                .isEqualTo("exporting  graph 10 % of 100,000 records, 1 k/s, about 2 min left  10.0 s");
    }

    @Test
    void timeLeftIsHiddenInTheFirstSecondsAndPercents() {
        at(0, 0, 1_000, "records");

        assertThat(at(4.9, 500, 1_000, "records")).doesNotContain("left");
        assertThat(at(5, 500, 1_000, "records")).contains("about 5 s left");

        at("verifying", 6, 0, 1_000, "records");
        assertThat(at("verifying", 16, 29, 1_000, "records")).contains("3/s").doesNotContain("left");
        assertThat(at("verifying", 17, 30, 1_000, "records")).contains("left");
    }

    @Test
    void timeLeftIsHiddenIfTheTotalIsUnknown() {
        at(0, 0, -1, "records");

        assertThat(at(20, 5_000, -1, "records")).isEqualTo("exporting  graph 5,000 records, 250/s  20.0 s");
    }

    @Test
    void rateForgetsThePast() {
        at(0, 0, 1_000_000, "records");
        at(10, 100_000, 1_000_000, "records");

        String slower = "";
        for (int second = 11; second <= 70; second++) {
            slower = at(second, 100_000 + (second - 10) * 100L, 1_000_000, "records");
        }

        assertThat(slower).containsPattern(", (2\\d\\d)/s");
    }

    @Test
    void stalledStoreHasNoTimeLeft() {
        at(0, 0, 1_000, "records");
        assertThat(at(20, 0, 1_000, "records")).isEqualTo("exporting  graph 0 % of 1,000 records  20.0 s");
    }

    @Test
    void percentStaysBelowAHundredUntilThePhaseEnds() {
        at(0, 0, 1_000, "records");

        assertThat(at(10, 1_000, 1_000, "records")).isEqualTo("exporting  graph 99 % of 1,000 records, 100/s  10.0 s");
        assertThat(at(11, 1_500, 1_000, "records")).contains("99 %").doesNotContain("left");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 'about 5 s left'",
        "13, 'about 15 s left'",
        "57, 'about 55 s left'",
        "58, 'about 1 min left'",
        "150, 'about 3 min left'",
        "5300, 'about 88 min left'",
        "7200, 'about 2 h left'",
        "100000, 'about 28 h left'",
    })
    void timeLeftIsRounded(int seconds, String expected) {
        long done = 1_000_000;
        long total = done + seconds * (done / 10_000);
        at(0, 0, total, "records");

        assertThat(at(10_000, done, total, "records")).contains(expected);
    }

    @Test
    void bytesHaveUnits() {
        at(0, 0, 64 << 20, "bytes");

        assertThat(at(8, 16 << 20, 64 << 20, "bytes")).contains("25 % of 64.0 MiB, 2.0 MiB/s, about 25 s left");
    }

    @Test
    void lineThatIsTooWideIsShortened() {
        StoreProgress half = new StoreProgress(500, 1_000, "records");
        Map<Role, StoreProgress> stores = Map.of(Role.GRAPH, half);
        line.text("exporting", Map.of(Role.GRAPH, new StoreProgress(0, 1_000, "records")), 0, WIDE);

        assertThat(line.text("exporting", stores, TimeUnit.SECONDS.toNanos(10), 50))
                .isEqualTo("exporting  graph 50 %, about 10 s left  10.0 s");
    }
}
