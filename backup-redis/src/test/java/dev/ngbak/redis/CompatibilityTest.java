package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.CompatibilityTable;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/**
 * Restores a backup of every version of Redis and Valkey to every other one. Compares with the table in docs/COMPATIBILITY.md, or
 * writes it with {@code -Ddocs.update=true}.
 */
final class CompatibilityTest {

    private static final List<String> VERSIONS = new RedisExporter()
            .testedVersions().stream()
                    .flatMap(tested -> tested.versions().stream().map(version -> tested.product() + " " + version))
                    .toList();

    private static final String OLD = "nano_graphrag:ns:old";

    private static TestServers servers;

    /** What a source contains. Sources that lack the feature have no archive of it. */
    private enum Data {
        COMMON(""),
        FIELDS("expiring hash fields"),
        VECTORS("vector sets");

        private final String name;

        Data(String name) {
            this.name = name;
        }

        void write(Jedis jedis) {
            switch (this) {
                case COMMON -> SampleValues.write(jedis);
                case FIELDS -> SampleValues.writeExpiringFields(jedis);
                case VECTORS -> SampleValues.writeVectorSets(jedis);
            }
        }

        boolean isIn(ServerInfo server) {
            return switch (this) {
                case COMMON -> true;
                case FIELDS -> server.hasFieldExpiry();
                case VECTORS -> !server.isValkey() && server.isAtLeast(8, 0);
            };
        }
    }

    /** An archive, and a description of its source with and without what Redis before 7.0 does not know. */
    private record Backup(Archive archive, Map<String, Object> content, Map<String, Object> plainContent) {}

    @BeforeAll
    static void start() {
        servers = new TestServers();
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @Test
    void everyBackupIsRestoredExactlyOrRefusedBeforeTheFirstWrite() throws Exception {
        CompatibilityTable table = new CompatibilityTable("redis", VERSIONS);
        for (String source : VERSIONS) {
            if (servers.get(source).isEmpty()) {
                continue;
            }
            table.server(source, servers.info(source).version());
            Map<Data, Backup> backups = backups(source);
            for (String target : VERSIONS) {
                if (servers.get(target).isPresent()) {
                    Map<Data, String> results = new LinkedHashMap<>();
                    for (Data data : backups.keySet()) {
                        results.put(data, restoreTo(target, backups.get(data), source + " to " + target));
                    }
                    table.cell(source, target, cell(results));
                }
            }
        }
        table.check(Path.of("../docs/COMPATIBILITY.md"));
    }

    /** Fails visibly instead of leaving out rows of the table. */
    @Test
    void allVersionsAreInstalled() {
        List<String> missing = VERSIONS.stream()
                .filter(version -> servers.get(version).isEmpty())
                .toList();
        if (!missing.isEmpty()) {
            abort("not installed: " + missing + "; REDIS_BIN and VALKEY_BIN name programs to test with");
        }
    }

    private static Map<Data, Backup> backups(String source) throws IOException {
        Map<Data, Backup> backups = new LinkedHashMap<>();
        RedisServer server = servers.get(source).orElseThrow();
        try (Jedis jedis = jedis(server)) {
            for (Data data : Data.values()) {
                if (data.isIn(servers.info(source))) {
                    jedis.flushAll();
                    data.write(jedis);
                    Archive archive = export(settings(server));
                    assertThat(archive.summary().contentDigest()).isNotNull();
                    assertThat(archive.info().scope().containsKey(ArchivedTypes.DUMP_ONLY))
                            .as(source + " " + data)
                            .isEqualTo(data == Data.VECTORS);
                    backups.put(
                            data,
                            new Backup(
                                    archive, SampleValues.describe(jedis, true), SampleValues.describe(jedis, false)));
                }
            }
        }
        return backups;
    }

    /** Returns {@code exact}, {@code converted} or {@code refused}. */
    private static String restoreTo(String target, Backup backup, String pair) throws IOException {
        RedisServer server = servers.get(target).orElseThrow();
        try (Jedis jedis = jedis(server);
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            jedis.flushAll();
            jedis.set(OLD, "old content");
            List<BackupException> problems = session.problems(
                    backup.archive().info(), backup.archive().summary().records(), 1);
            if (!problems.isEmpty()) {
                assertThat(problems).allMatch(problem -> problem.kind() == Kind.INCOMPATIBLE);
                assertThat(jedis.keys("*")).containsExactly(OLD);
                return "refused";
            }
            boolean announced =
                    session.warnings(backup.archive().info(), 1, 1).toString().contains("with commands");
            StoreSummary restored = restore(session, backup.archive().source());
            boolean converted = restored.warnings().toString().contains("with commands");
            assertThat(converted).as(pair).isEqualTo(announced);
            StoreSummary found = readBack(session);
            assertThat(found.contentDigest())
                    .as(pair)
                    .isEqualTo(backup.archive().summary().contentDigest());
            assertThat(found.counts()).isEqualTo(backup.archive().summary().counts());
            boolean isOld = pair.contains("Redis 6.2");
            Map<String, Object> expected = isOld ? backup.plainContent() : backup.content();
            Map<String, Object> actual = SampleValues.describe(jedis, !isOld);
            assertThat(actual.keySet()).as(pair).isEqualTo(expected.keySet());
            expected.forEach((key, value) ->
                    assertThat(actual.get(key)).as(pair + ": " + key).isEqualTo(value));
            return converted ? "converted" : "exact";
        }
    }

    /** Describes the common data, and what happens to the other data if that differs. */
    private static String cell(Map<Data, String> results) {
        String common = results.get(Data.COMMON);
        List<String> others = new ArrayList<>();
        results.forEach((data, result) -> {
            if (!result.equals(common)) {
                others.add(data.name + " " + result);
            }
        });
        String cell = common.equals("converted") ? "converted: all but strings" : common;
        return others.isEmpty() ? cell : cell + "; " + String.join(", ", others);
    }
}
