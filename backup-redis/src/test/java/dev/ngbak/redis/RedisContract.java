package dev.ngbak.redis;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.StorageContract;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The contract of store plugins, on a real server or cluster. All settings but the URL have their defaults. */
abstract class RedisContract implements StorageContract {

    private List<Jedis> masters;
    private boolean reportsExpiryTime;
    private boolean hasFieldExpiry;

    /** Returns the server, or any node of a cluster. */
    abstract RedisServer server();

    /** Returns the server, or the masters of a cluster that share the slots evenly. */
    List<RedisServer> servers() {
        return List.of(server());
    }

    @BeforeEach
    void connect() {
        masters = servers().stream().map(Fixtures::jedis).toList();
        masters.forEach(Jedis::flushAll);
        reportsExpiryTime = DatabaseSnapshot.reportsExpiryTime(masters.get(0));
        hasFieldExpiry = SampleValues.hasFieldExpiry(masters.get(0));
    }

    @AfterEach
    void disconnect() {
        masters.forEach(Jedis::close);
    }

    private Jedis owner(String key) {
        return owner(bytes(key));
    }

    private Jedis owner(byte[] key) {
        int slot = JedisClusterCRC16.getSlot(key);
        return masters.get((slot * masters.size() + masters.size() - 1) / Protocol.CLUSTER_HASHSLOTS);
    }

    @Override
    public StorageExporter exporter() {
        return new RedisExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new RedisRestorer();
    }

    @Override
    public Settings settings() {
        return Settings.of(Map.of("REDIS_URL", server().url()));
    }

    @Override
    public Settings deadSettings() {
        return Settings.of(Map.of("REDIS_URL", "redis://127.0.0.1:1"));
    }

    @Override
    public String deadSetting() {
        return "REDIS_URL";
    }

    @Override
    public boolean looksUp() {
        return true;
    }

    @Override
    public boolean replacesAtOnce() {
        return false;
    }

    @Override
    public void fill(int records, long seed) {
        masters.forEach(jedis -> jedis.keys("nano_graphrag:*").forEach(jedis::del));
        Random random = new Random(seed);
        Map<Jedis, Pipeline> pipelines = masters.stream().collect(Collectors.toMap(jedis -> jedis, Jedis::pipelined));
        for (int i = 0; i < records; i++) {
            String namespace = i % 3 == 0 ? "full_docs" : i % 3 == 1 ? "text_chunks" : "Ünïcödé " + i % 2;
            String id = i + AwkwardValues.anyText(random);
            byte[] key = bytes("nano_graphrag:" + (i % 50 == 49 ? id : namespace + ":" + id));
            Pipeline pipeline = pipelines.get(owner(key));
            switch (random.nextInt(12)) {
                case 0 -> pipeline.hset(key, bytes(AwkwardValues.anyText(random)), bytes("v" + random.nextInt()));
                case 1 -> pipeline.rpush(key, bytes("a" + random.nextInt()), bytes(AwkwardValues.anyText(random)));
                case 2 -> pipeline.zadd(key, random.nextGaussian(), bytes(AwkwardValues.anyText(random)));
                case 3 -> {
                    byte[] binary = new byte[random.nextInt(300)];
                    random.nextBytes(binary);
                    pipeline.set(key, binary);
                }
                case 4 -> pipeline.set(key, bytes(AwkwardValues.anyText(random)));
                case 5, 6 ->
                    pipeline.set(
                            key,
                            bytes("{\"n\": 1.50, \"s\":\"" + random.nextInt() + "\"}"),
                            expiring(4_000_000_000_000L + random.nextInt(1_000_000)));
                case 7 -> {
                    pipeline.xadd(
                            key,
                            Map.of(bytes("f"), bytes("v" + random.nextInt())),
                            XAddParams.xAddParams().id(new StreamEntryID(5, 1)));
                    pipeline.xgroupCreate(key, bytes("group"), bytes("0"), false);
                    pipeline.xgroupCreateConsumer(key, bytes("group"), bytes("consumer"));
                }
                case 8 -> {
                    pipeline.hset(key, Map.of(bytes("expires"), bytes("v" + random.nextInt()), bytes("stays"), key));
                    if (hasFieldExpiry) {
                        pipeline.hpexpireAt(key, 4_000_000_000_000L + random.nextInt(1_000_000), bytes("expires"));
                    }
                }
                default -> pipeline.set(key, bytes("{\"content\": \"caf\\u00e9 " + random.nextLong() + "\"}"));
            }
        }
        pipelines.values().forEach(Pipeline::sync);
    }

    /** A server that reports no expiry time allows no digest, which the contract requires. PreservedTest covers that case. */
    private SetParams expiring(long when) {
        return reportsExpiryTime ? SetParams.setParams().pxAt(when) : SetParams.setParams();
    }

    @Override
    public void change() {
        String key = masters.stream()
                .flatMap(jedis -> jedis.keys("nano_graphrag:*").stream())
                .filter(name -> owner(name).type(name).equals("string"))
                .sorted()
                .findFirst()
                .orElseThrow();
        Jedis jedis = owner(key);
        byte[] value = jedis.get(bytes(key));
        if (value.length == 0) {
            jedis.set(key, "x");
        } else {
            value[0] ^= 1;
            jedis.set(bytes(key), value);
        }
    }

    @Override
    public Object contents() {
        Map<String, String> contents = new TreeMap<>();
        masters.forEach(jedis -> contents.putAll(DatabaseSnapshot.of(jedis, "nano_graphrag:")));
        return contents;
    }

    @Override
    public void fillForeign() {
        owner("job:1")
                .set(
                        "job:1",
                        "{\"status\": \"completed\"}",
                        SetParams.setParams().ex(1000));
        owner("nano_graphrag").set("nano_graphrag", "no colon behind it");
        owner("other:hash").hset("other:hash", "a", "b");
        if (masters.size() == 1) {
            Jedis jedis = masters.get(0);
            jedis.select(1);
            jedis.set("nano_graphrag:full_docs:doc-in-another-database", "{}");
            jedis.select(0);
        }
    }

    @Override
    public Object foreign() {
        Map<String, Object> foreign = new TreeMap<>();
        masters.forEach(jedis -> foreign.putAll(DatabaseSnapshot.outside(jedis, "nano_graphrag:")));
        if (masters.size() == 1) {
            Jedis jedis = masters.get(0);
            jedis.select(1);
            foreign.put("database 1", DatabaseSnapshot.of(jedis, ""));
            jedis.select(0);
        }
        return foreign;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
