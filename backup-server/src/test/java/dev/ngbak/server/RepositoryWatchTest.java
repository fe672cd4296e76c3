package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RepositoryWatchTest {

    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void manyQuestionsCostOneCheck() {
        AtomicInteger checks = new AtomicInteger();
        RepositoryWatch watch = new RepositoryWatch(() -> checks.incrementAndGet() > 0, LONG, LONG);
        for (int i = 0; i < 100; i++) {
            assertThat(watch.canStore()).isTrue();
        }
        assertThat(checks).hasValue(1);
    }

    @Test
    void outcomeThatIsTooOldIsCheckedAgain() {
        AtomicBoolean good = new AtomicBoolean(true);
        RepositoryWatch watch = new RepositoryWatch(good::get, Duration.ZERO, LONG);
        assertThat(watch.canStore()).isTrue();
        good.set(false);
        assertThat(watch.canStore()).isFalse();
        good.set(true);
        assertThat(watch.canStore()).isTrue();
    }

    @Test
    @Timeout(60) // against an endless loop
    void repositoryThatDoesNotAnswerIsGoodOnlyAsLongAsThePatienceLasts() {
        AtomicInteger checks = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        Duration patience = Duration.ofMillis(2500);
        RepositoryWatch watch = new RepositoryWatch(
                () -> {
                    if (checks.incrementAndGet() > 1) {
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            return false;
                        }
                    }
                    return true;
                },
                Duration.ZERO,
                patience);
        assertThat(watch.canStore()).isTrue();
        assertThat(watch.canStore()).as("while the check runs").isTrue();
        while (watch.canStore()) {
            Thread.onSpinWait();
        }
        assertThat(checks).as("no check begins while another one runs").hasValue(2);
        never.countDown();
    }

    @Test
    void repositoryThatHasNeverAnsweredIsNotGood() {
        CountDownLatch never = new CountDownLatch(1);
        RepositoryWatch watch = new RepositoryWatch(
                () -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        return false;
                    }
                    return true;
                },
                LONG,
                LONG);
        assertThat(watch.canStore()).isFalse();
        never.countDown();
    }

    @Test
    void checkThatFailsCountsAsBroken() {
        RepositoryWatch watch = new RepositoryWatch(
                () -> {
                    throw new IllegalStateException();
                },
                LONG,
                LONG);
        assertThat(watch.canStore()).isFalse();
    }
}
