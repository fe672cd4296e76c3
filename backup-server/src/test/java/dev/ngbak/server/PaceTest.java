package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The least speed of a transfer, on a clock of its own. */
class PaceTest {

    private long seconds;
    private final Pace pace = new Pace(() -> TimeUnit.SECONDS.toNanos(seconds));

    @Test
    void aTransferOfTheLeastSpeedGoesOn() {
        for (int i = 0; i < 1_000; i++) {
            seconds++;
            pace.moved(Pace.BYTES_PER_SECOND);
        }
        assertThat(seconds).isEqualTo(1_000);
    }

    @Test
    void oneThatRestsForAWhileGoesOn() {
        for (int i = 0; i < 100; i++) {
            seconds += 25;
            pace.moved(60 * Pace.BYTES_PER_SECOND);
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
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(408));
        assertThat(seconds).isEqualTo(Pace.WINDOW_SECONDS);
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
                .isInstanceOf(Problem.class);
        assertThat(seconds).isEqualTo(2 * Pace.WINDOW_SECONDS);
    }
}
