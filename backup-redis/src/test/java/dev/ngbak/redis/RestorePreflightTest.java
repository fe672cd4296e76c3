package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RestorePreflightTest {

    @ParameterizedTest
    @ValueSource(strings = {"12", "14", "80", "99", "65535", "65536", "99999", "-1", "x"})
    void preflightRefusesAVersionThatTheServerDoesNotRead(String version) throws IOException {
        try (RedisServer server = RedisServer.start();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            assertThat(session.problems(withScopeMember(session.info(), "rdb_version", "9"), 0))
                    .isEmpty();
            assertThat(session.problems(withScopeMember(session.info(), "rdb_version", version), 0))
                    .singleElement()
                    .satisfies(e -> assertThat(e).hasMessageContaining("RDB version " + version));
        }
    }

    @Test
    void preflightRefusesAWholeDatabaseForAPrefix() throws IOException {
        try (RedisServer server = RedisServer.start();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            assertThat(session.problems(withScopeMember(session.info(), "REDIS_KEY_PREFIX", "*"), 0))
                    .singleElement()
                    .satisfies(e -> assertThat(e).hasMessageContaining("REDIS_KEY_PREFIX"));
            assertThat(session.problems(withScopeMember(session.info(), "REDIS_KEY_PREFIX", "mine:"), 0))
                    .isEmpty();
        }
    }

    /** Simulates Redis 8 and Valkey 9, which are not installed. */
    @Test
    void redisAndValkeyDoNotReadEachOthersNewVersions() throws IOException {
        try (RdbVersionServer valkey = new RdbVersionServer("redis_version:7.2.4\r\nvalkey_version:9.1.1", 81, true);
                RdbVersionServer redis = new RdbVersionServer("redis_version:8.6.0", 14, true);
                RdbVersionServer full =
                        new RdbVersionServer("redis_version:7.2.4\r\nvalkey_version:9.1.1", 81, false)) {
            for (RdbVersionServer server : List.of(valkey, full)) {
                assertThat(refusedVersions(server, 9, 10, 11, 12, 13, 14, 79, 80, 81, 82))
                        .containsExactly(12, 13, 14, 79, 82);
            }
            assertThat(refusedVersions(redis, 9, 10, 11, 12, 13, 14, 15, 79, 80, 81))
                    .containsExactly(15, 79, 80, 81);
        }
    }

    private static List<Integer> refusedVersions(RdbVersionServer server, int... versions) throws IOException {
        List<Integer> refused = new ArrayList<>();
        try (RestoreSession session = new RedisRestorer().open(Settings.of(Map.of("REDIS_URL", server.url())))) {
            for (int version : versions) {
                List<BackupException> problems =
                        session.problems(withScopeMember(session.info(), "rdb_version", Integer.toString(version)), 0);
                if (!problems.isEmpty()) {
                    assertThat(problems).singleElement().satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                        assertThat(e).hasMessageContaining("RDB version " + version);
                    });
                    refused.add(version);
                }
            }
            // An archive of strings has no DUMPs.
            assertThat(session.problems(session.info(), 0)).isEmpty();
        }
        return refused;
    }

    private static StoreInfo withScopeMember(StoreInfo info, String member, String value) {
        Map<String, String> scope = new HashMap<>(info.scope());
        scope.put(member, value);
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }
}
