package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests the minimum rate with a simulated clock. */
class MinimumRateTest {

    private long seconds;
    private final MinimumRate rate = new MinimumRate(() -> TimeUnit.SECONDS.toNanos(seconds));

    @Test
    void transferAtTheMinimumRateContinues() {
        for (int i = 0; i < 1_000; i++) {
            seconds++;
            rate.transferred(MinimumRate.BYTES_PER_SECOND);
        }
        assertThat(seconds).isEqualTo(1_000);
    }

    @Test
    void transferWithPausesContinues() {
        for (int i = 0; i < 100; i++) {
            seconds += 25;
            rate.transferred(60 * MinimumRate.BYTES_PER_SECOND);
        }
        assertThat(seconds).isEqualTo(2_500);
    }

    @Test
    void slowTransferIsStoppedAfterTheWindow() {
        assertThatThrownBy(() -> {
                    while (seconds < 1_000) {
                        seconds++;
                        rate.transferred(1);
                    }
                })
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> assertThat(problem.status()).isEqualTo(408));
        assertThat(seconds).isEqualTo(MinimumRate.WINDOW_SECONDS);
    }

    @Test
    void slowTransferIsStoppedAfterAFastBeginning() {
        rate.transferred(1 << 30);
        assertThatThrownBy(() -> {
                    while (seconds < 1_000) {
                        seconds++;
                        rate.transferred(1);
                    }
                })
                .isInstanceOf(ProblemException.class);
        assertThat(seconds).isEqualTo(2 * MinimumRate.WINDOW_SECONDS);
    }
}
