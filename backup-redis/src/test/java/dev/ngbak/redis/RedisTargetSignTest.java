package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import dev.ngbak.testkit.RedisServer;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RedisTargetSignTest {

    private static Settings settings(RedisServer server, String prefix) {
        return Settings.of(Map.of("REDIS_URL", server.url(), "REDIS_KEY_PREFIX", prefix));
    }

    @Test
    void signsOfTheSameScopeAreContested() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            RedisRestorer restorer = new RedisRestorer();
            try (TargetSign first = restorer.announce(settings(server, "a:"))) {
                assertThat(first.isContested()).isFalse();
                try (TargetSign other = restorer.announce(settings(server, "b:"))) {
                    assertThat(other.isContested()).as("another scope").isFalse();
                }
                try (TargetSign second = restorer.announce(settings(server, "a:"))) {
                    assertThat(first.isContested()).isTrue();
                    assertThat(second.isContested()).isTrue();
                }
            }
        }
    }

    @Test
    void announceReturnsNullWhenNoServerListens() {
        assertThat(new RedisRestorer().announce(Settings.of(Map.of("REDIS_URL", "redis://127.0.0.1:1"))))
                .isNull();
    }
}
