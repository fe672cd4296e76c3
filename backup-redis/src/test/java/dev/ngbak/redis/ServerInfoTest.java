package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ServerInfoTest {

    @Test
    void parseReadsFieldsAndSkipsHeadings() {
        ServerInfo info = ServerInfo.parse(
                "# Server\r\nredis_version:7.0.15\r\n\r\nrole:slave\r\nused_memory:12\r\nslow:a:b\r\n");
        assertThat(info.product()).isEqualTo("Redis");
        assertThat(info.version()).isEqualTo("7.0.15");
        assertThat(info.isReplica()).isTrue();
        assertThat(info.isClusterNode()).isFalse();
        assertThat(info.number("used_memory")).isEqualTo(12);
        assertThat(info.number("role")).isZero();
        assertThat(info.number("missing")).isZero();
        assertThat(info.text("slow", "")).isEqualTo("a:b");
    }

    @Test
    void isCompatibleWithRedisComparesVersionsAsNumbers() {
        assertThat(ServerInfo.parse("redis_version:6.2.6").isCompatibleWithRedis(7, 0))
                .isFalse();
        assertThat(ServerInfo.parse("redis_version:7.0.0").isCompatibleWithRedis(7, 0))
                .isTrue();
        assertThat(ServerInfo.parse("redis_version:10.1.0").isCompatibleWithRedis(7, 0))
                .isTrue();
        assertThat(ServerInfo.parse("redis_version:unstable").isCompatibleWithRedis(7, 0))
                .isFalse();
    }

    @Test
    void valkeyReportsItsOwnVersionAndThatOfRedis() {
        ServerInfo info = ServerInfo.parse("redis_version:7.2.4\r\nvalkey_version:9.1.1");
        assertThat(info.product()).isEqualTo("Valkey");
        assertThat(info.version()).isEqualTo("9.1.1");
        assertThat(info.isCompatibleWithRedis(7, 2)).isTrue();
    }
}
