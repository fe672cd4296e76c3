package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.StoreStatus;
import dev.ngbak.spi.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StoreWatchTest {

    private static final List<StoreStatus> STORES =
            List.of(new StoreStatus(Role.KV, "redis", "Redis", "8.0", true, null, null, Map.of(), Map.of()));

    private final AtomicInteger looks = new AtomicInteger();

    private List<StoreStatus> look() {
        looks.incrementAndGet();
        return STORES;
    }

    @Test
    void pollsConnectToNoStore() {
        StoreWatch watch = new StoreWatch(this::look, Duration.ofMinutes(1));

        for (int i = 0; i < 50; i++) {
            assertThat(watch.lastSeen()).contains(STORES);
        }

        assertThat(looks).hasValue(1);
    }

    @Test
    void pollUsesWhatAnotherCallerHasSeen() {
        StoreWatch watch = new StoreWatch(this::look, Duration.ofMinutes(1));
        assertThat(watch.now()).isEqualTo(STORES);

        assertThat(watch.lastSeen()).contains(STORES);

        assertThat(looks).hasValue(1);
    }

    @Test
    void storesThatDoNotAnswerAreUnknownAndAreNotAskedTwice() {
        CountDownLatch never = new CountDownLatch(1);
        StoreWatch watch = new StoreWatch(
                () -> {
                    looks.incrementAndGet();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return STORES;
                },
                Duration.ofMillis(50));

        assertThat(watch.lastSeen()).isEqualTo(Optional.empty());
        assertThat(watch.lastSeen()).isEqualTo(Optional.empty());

        assertThat(looks).hasValue(1);
        never.countDown();
    }

    @Test
    void failedLookLeavesTheStoresUnknown() {
        StoreWatch watch = new StoreWatch(
                () -> {
                    throw new IllegalStateException("no such setting");
                },
                Duration.ofMinutes(1));

        assertThat(watch.lastSeen()).isEmpty();
    }
}
