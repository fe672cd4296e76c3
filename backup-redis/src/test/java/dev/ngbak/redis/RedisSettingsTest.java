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
    @ValueSource(
            strings = {
                "localhost:6379",
                "http://x",
                "redis://h:99999",
                "redis://u:sec%ZZret@h",
                "redis://",
                "redis://h,,h",
                "redis://h#master",
                "redis-sentinel://u:sec%ret@h",
                "redis-sentinel://h#"
            })
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
    void fromParsesSentinels() {
        RedisSettings settings = parse(Map.of(
                "REDIS_URL",
                "rediss-sentinel://user:first-secret@sentinel-2,[::1]:26380/2#my%20master",
                "REDIS_PASSWORD",
                "overruled",
                "REDIS_SENTINEL_PASSWORD",
                "second-secret"));
        assertThat(settings.url().tls()).isTrue();
        assertThat(settings.url().hosts())
                .containsExactly(new HostAndPort("sentinel-2", 26379), new HostAndPort("::1", 26380));
        assertThat(settings.url().sentinelMaster()).contains("my master");
        assertThat(settings.password().orElseThrow().reveal()).isEqualTo("first-secret");
        assertThat(settings.sentinelPassword().orElseThrow().reveal()).isEqualTo("second-secret");
        assertThat(settings.database()).isEqualTo(2);
        assertThat(settings.toString()).doesNotContain("-secret");
    }

    @Test
    void theTargetDoesNotDependOnTheOrderOfTheHosts() {
        RedisSettings nodes = parse(Map.of("REDIS_URL", "redis://b:1,a"));
        assertThat(nodes.target()).isEqualTo("Redis at a:6379, b:1, database 0, keys nano_graphrag:");
        RedisSettings sentinels = parse(Map.of("REDIS_URL", "redis-sentinel://b,a/0#main"));
        assertThat(sentinels.target())
                .isEqualTo("Redis master \"main\" of the sentinels at a:26379, b:26379, database 0,"
                        + " keys nano_graphrag:");
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
