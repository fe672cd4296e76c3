package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The least speed of a transfer, on a clock of its own. */
class MinimumRateTest {

    private long seconds;
    private final MinimumRate pace = new MinimumRate(() -> TimeUnit.SECONDS.toNanos(seconds));

    @Test
    void aTransferOfTheLeastSpeedGoesOn() {
        for (int i = 0; i < 1_000; i++) {
            seconds++;
            pace.moved(MinimumRate.BYTES_PER_SECOND);
        }
        assertThat(seconds).isEqualTo(1_000);
    }

    @Test
    void oneThatRestsForAWhileGoesOn() {
        for (int i = 0; i < 100; i++) {
            seconds += 25;
            pace.moved(60 * MinimumRate.BYTES_PER_SECOND);
        }
        assertThat(seconds).isEqualTo(2_500);
    }

    @Test
    void aByteASecondIsStoppedAfterTheWindow() {
        assertThatThrownBy(() -> {
                    while (seconds < 1_000) {
                        seconds++;
                        pace.moved(1);
                    }
                })
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> assertThat(problem.status()).isEqualTo(408));
        assertThat(seconds).isEqualTo(MinimumRate.WINDOW_SECONDS);
    }

    @Test
    void aFastBeginningIsNoExcuse() {
        pace.moved(1 << 30);
        assertThatThrownBy(() -> {
                    while (seconds < 1_000) {
                        seconds++;
                        pace.moved(1);
                    }
                })
                .isInstanceOf(ProblemException.class);
        assertThat(seconds).isEqualTo(2 * MinimumRate.WINDOW_SECONDS);
    }
}
