package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.ServerPrograms;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

/** Keys that are not strings come to a cluster of another version with commands. */
final class ConvertedToClusterTest {

    @Test
    void keysOfANewerServerAreWrittenWithCommandsToAllMasters() throws Exception {
        List<Path> programs = ServerPrograms.of("REDIS_BIN");
        assumeTrue(!programs.isEmpty(), "REDIS_BIN names no newer Redis");
        try (RedisServer newer = RedisServer.startProgram(programs.get(0));
                RedisCluster cluster = RedisCluster.start(3);
                Jedis jedis = new Jedis("127.0.0.1", newer.port())) {
            for (int i = 0; i < 300; i++) {
                jedis.hset("nano_graphrag:h:" + i, Map.of("a", "b" + i, "c", "d"));
                jedis.rpush("nano_graphrag:l:" + i, "a", "b" + i);
                jedis.sadd("nano_graphrag:s:" + i, "a", "b" + i);
                jedis.zadd("nano_graphrag:z:" + i, i + 0.5, "a");
                jedis.xadd(
                        "nano_graphrag:x:" + i, XAddParams.xAddParams().id(new StreamEntryID(5, 1)), Map.of("f", "v"));
                jedis.xgroupCreate("nano_graphrag:x:" + i, "g", new StreamEntryID(0, 0), false);
            }
            Archive archive = Fixtures.export(Fixtures.settings(newer));
            try (RestoreSession session = new RedisRestorer().open(Settings.of(Map.of("REDIS_URL", cluster.url())))) {
                assertThat(session.problems(archive.info(), archive.entries().size()))
                        .isEmpty();
                cluster.nodes()
                        .forEach(node -> assertThat(node.command("DBSIZE")).isEqualTo("0"));
                Fixtures.assertSameContent(Fixtures.restore(session, archive.source()), archive.summary());
                Fixtures.assertSameContent(Fixtures.readBack(session), archive.summary());
            }
            cluster.nodes()
                    .forEach(node ->
                            assertThat(Integer.parseInt(node.command("DBSIZE"))).isGreaterThan(300));
        }
    }
}
