package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class ProgressMeterTest {

    /** Records the calls. */
    private static final class Calls implements Progress {
        private final List<String> expected = new ArrayList<>();
        private final List<Long> advanced = new ArrayList<>();

        @Override
        public void expect(long total, String unit) {
            expected.add(total + " " + unit);
        }

        @Override
        public void advance(long amount) {
            advanced.add(amount);
        }
    }

    private final Calls calls = new Calls();

    @Test
    void recordsAreReportedInSteps() {
        ProgressMeter meter = ProgressMeter.ofRecords(calls, "points", () -> {});
        meter.expect(1_200);
        for (int i = 0; i < 1_200; i++) {
            meter.record(10);
        }
        meter.flush();
        assertThat(calls.expected).containsExactly("1200 points");
        assertThat(calls.advanced).containsExactly(500L, 500L, 200L);
    }

    @Test
    void meterOfBytesCountsTheSizeOfRecords() {
        ProgressMeter meter = ProgressMeter.ofBytes(calls, () -> {});
        meter.record(1 << 20);
        meter.bytes(5);
        meter.flush();
        assertThat(calls.advanced).containsExactly(1L << 20, 5L);
    }

    @Test
    void metersOfTwoThreadsAddToOneTotalInStepsOfTheirOwn() {
        ProgressMeter one = ProgressMeter.ofBytes(calls, () -> {});
        ProgressMeter other = one.forOtherThread();
        one.expect(10);
        other.expect(20);
        one.bytes(600_000);
        other.bytes(600_000);
        assertThat(calls.advanced).isEmpty();
        one.flush();
        other.flush();
        assertThat(calls.expected).containsExactly("10 bytes", "30 bytes");
        assertThat(calls.advanced).containsExactly(600_000L, 600_000L);
    }

    @Test
    void abortIsNoticedWithTheNextStep() {
        ProgressMeter meter = ProgressMeter.ofBytes(calls, () -> {
            throw new CancellationException("aborted");
        });
        assertThatThrownBy(meter.forOtherThread()::flush).isInstanceOf(CancellationException.class);
        assertThat(calls.advanced).isEmpty();
    }
}
