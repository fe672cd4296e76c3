package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;

final class RedisSettingsTest {

    private static RedisSettings parse(Map<String, String> settings) {
        return RedisSettings.from(Settings.of(settings));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:6379", "http://x", "redis://h:99999", "redis://u:sec%ZZret@h", "redis://"})
    void fromRefusesAnInvalidUrlWithoutShowingIt(String url) {
        BackupException e = failure(() -> parse(Map.of("REDIS_URL", url)));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("REDIS_URL").hasMessageNotContaining("sec%");
    }

    @Test
    void fromParsesEveryPartOfTheUrl() {
        RedisSettings settings = parse(Map.of("REDIS_URL", "rediss://us%40er:pass%3Aword@[::1]:7000/5"));
        assertThat(settings.url().tls()).isTrue();
        assertThat(settings.url().user()).contains("us@er");
        assertThat(settings.password().orElseThrow().reveal()).isEqualTo("pass:word");
        assertThat(settings.url().hosts()).containsExactly(new HostAndPort("::1", 7000));
        assertThat(settings.database()).isEqualTo(5);
        assertThat(settings.server()).isEqualTo("Redis at [::1]:7000");
        assertThat(settings.toString()).doesNotContain("pass:word");
    }

    @Test
    void fromReadsTheDatabaseFromTheQuery() {
        assertThat(parse(Map.of("REDIS_URL", "redis://h?db=7")).database()).isEqualTo(7);
    }

    @Test
    void fromUsesDefaults() {
        RedisSettings settings = parse(Map.of());
        assertThat(settings.server()).isEqualTo("Redis at localhost:6379");
        assertThat(settings.url().user()).isEmpty();
        assertThat(settings.password()).isEmpty();
        assertThat(settings.prefix()).isEqualTo("nano_graphrag:");
        assertThat(settings.database()).isZero();
        assertThat(settings.target()).isEqualTo("Redis at localhost:6379, database 0, keys nano_graphrag:");
    }

    @Test
    void anAsteriskSelectsTheWholeDatabase() {
        RedisSettings settings = parse(Map.of("REDIS_KEY_PREFIX", "*"));
        assertThat(settings.isWholeDatabase()).isTrue();
        assertThat(settings.prefixBytes()).isEmpty();
    }
}
