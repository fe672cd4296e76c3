package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.jedis;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;

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

    @Test
    void redisAndValkeyDoNotReadEachOthersNewVersions() throws IOException {
        String valkey9 = "redis_version:7.2.4\r\nvalkey_version:9.2.0";
        try (RdbVersionServer valkey = RdbVersionServer.of(valkey9, 81);
                RdbVersionServer full = RdbVersionServer.full(valkey9, 81);
                RdbVersionServer silent = RdbVersionServer.silent(valkey9);
                RdbVersionServer redis = RdbVersionServer.of("redis_version:8.8.0", 14)) {
            for (RdbVersionServer server : List.of(valkey, full, silent)) {
                assertThat(refusedVersions(server, 9, 10, 11, 12, 13, 14, 79, 80, 81, 82))
                        .containsExactly(12, 13, 14, 79, 82);
            }
            assertThat(refusedVersions(redis, 9, 10, 11, 12, 13, 14, 15, 79, 80, 81))
                    .containsExactly(15, 79, 80, 81);
        }
    }

    /** An empty server says nothing about itself, and an ACL may forbid FUNCTION. The archive is still restored. */
    @ParameterizedTest
    @CsvSource({
        "redis_version:6.2.0, 9",
        "redis_version:7.0.15, 10",
        "redis_version:7.2.5, 11",
        "redis_version:7.4.1, 12",
        "redis_version:8.0.6, 12",
        "redis_version:8.4.0, 12",
        "redis_version:8.6.0, 13",
        "redis_version:8.8.1, 14",
        "redis_version:8.10.2, 15",
        "redis_version:7.2.4 valkey_version:8.1.1, 11",
        "redis_version:7.2.4 valkey_version:9.1.2, 80",
        "redis_version:7.2.4 valkey_version:9.2.0, 81"
    })
    void emptyServerThatForbidsFunctionReadsItsOwnVersion(String info, int version) throws IOException {
        String lines = info.replace(" ", "\r\n");
        try (RdbVersionServer empty = RdbVersionServer.withoutFunction(lines, version);
                RdbVersionServer silent = RdbVersionServer.silent(lines)) {
            for (RdbVersionServer server : List.of(empty, silent)) {
                assertThat(refusedVersions(server, version, version + 1)).containsExactly(version + 1);
            }
        }
    }

    /** A Valkey with "rdb-version-check relaxed" reads the version of Redis, but not all of its encodings. */
    @Test
    void relaxedValkeyIsNotTrustedWithADumpOfRedis() throws IOException {
        try (RdbVersionServer relaxed = RdbVersionServer.of("redis_version:7.2.4\r\nvalkey_version:8.1.1", 60)) {
            assertThat(refusedVersions(relaxed, 11, 12)).containsExactly(12);
        }
    }

    @Test
    void archiveOfAnOlderVersionIsRefusedWithAdviceAndANewOneIsConverted() throws IOException {
        try (RedisServer server = RedisServer.startEmbedded();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            StoreInfo old = withScopeMember(session.info(), "rdb_version", "12");
            assertThat(session.problems(old, 0)).singleElement().satisfies(e -> {
                assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                assertThat(e.remedy()).contains("Make a new backup with this version of ngbak");
            });
            StoreInfo counted = withScopeMember(old, "portable", "hash=12 stream=1");
            assertThat(session.problems(counted, 0)).isEmpty();
            assertThat(session.warnings(counted, 13, 0))
                    .singleElement()
                    .asString()
                    .startsWith("13 keys that are not strings will be written with commands (12 hash, 1 stream)")
                    .contains("RDB version 12");
        }
    }

    @Test
    void preflightNamesTypesThatOnlyADumpCarriesAndFieldsThatExpire() throws IOException {
        try (RedisServer server = RedisServer.startEmbedded();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            StoreInfo archived = withScopeMember(session.info(), "rdb_version", "12");
            archived = withScopeMember(archived, "portable", "hash=3");
            archived = withScopeMember(archived, "dump_only", "ReJSON-RL=1 vectorset=2");
            archived = withScopeMember(archived, "expiring_fields", "3");
            assertThat(session.problems(archived, 0))
                    .extracting(BackupException::problem)
                    .satisfiesExactly(
                            types -> assertThat(types).contains("1 ReJSON-RL, 2 vectorset"),
                            fields -> assertThat(fields).contains("3 hashes whose fields expire"));
        }
    }

    @Test
    void preflightRefusesAServerWithoutAModuleOfTheArchive() throws IOException {
        try (RedisServer server = RedisServer.start();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            StoreInfo archived = withScopeMember(session.info(), "rdb_version", "9");
            archived = withScopeMember(archived, "dump_only", "vectorset=2");
            assertThat(session.problems(withScopeMember(archived, "modules", "vectorset=1"), 0))
                    .singleElement()
                    .satisfies(e -> assertThat(e.problem()).contains("2 vectorset", "lacks these modules"));
            assertThat(session.problems(withScopeMember(archived, "modules", "none"), 0))
                    .isEmpty();
            assertThat(session.warnings(withScopeMember(archived, "modules", "none"), 2, 0))
                    .isEmpty();
            assertThat(session.problems(archived, 0)).isEmpty();
            assertThat(session.warnings(archived, 2, 0))
                    .singleElement()
                    .asString()
                    .contains("could not check");
        }
    }

    @Test
    void preflightReportsACommandThatTheConversionNeedsAndTheUserMayNotRun() throws IOException {
        try (RedisServer server = RedisServer.startEmbedded();
                Jedis jedis = jedis(server)) {
            jedis.sendCommand(Protocol.Command.ACL, "SETUSER", "default", "-zadd");
            jedis.set("nano_graphrag:ns:old", "x");
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreInfo archived = withScopeMember(session.info(), "rdb_version", "12");
                assertThat(session.problems(withScopeMember(archived, "portable", "hash=1 stream=1"), 0))
                        .isEmpty();
                assertThat(session.problems(withScopeMember(archived, "portable", "zset=1"), 0))
                        .singleElement()
                        .satisfies(e -> assertThat(e.problem()).contains("zadd"));
            }
            assertThat(jedis.keys("*")).containsExactly("nano_graphrag:ns:old");
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
