package dev.ngbak.redis;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.StorageContract;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;

/** The contract of store plugins, on a real server. All settings but the URL have their defaults. */
abstract class RedisContract implements StorageContract {

    private Jedis jedis;
    private boolean reportsExpiryTime;
    private boolean hasFieldExpiry;

    abstract RedisServer server();

    @BeforeEach
    void connect() {
        jedis = new Jedis("127.0.0.1", server().port());
        jedis.flushAll();
        reportsExpiryTime = DatabaseSnapshot.reportsExpiryTime(jedis);
        hasFieldExpiry = SampleValues.hasFieldExpiry(jedis);
    }

    @AfterEach
    void disconnect() {
        jedis.close();
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
        jedis.keys("nano_graphrag:*").forEach(jedis::del);
        Random random = new Random(seed);
        var pipeline = jedis.pipelined();
        for (int i = 0; i < records; i++) {
            String namespace = i % 3 == 0 ? "full_docs" : i % 3 == 1 ? "text_chunks" : "Ünïcödé " + i % 2;
            String id = i + AwkwardValues.anyText(random);
            byte[] key = bytes("nano_graphrag:" + (i % 50 == 49 ? id : namespace + ":" + id));
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
        pipeline.sync();
    }

    /** A server that reports no expiry time allows no digest, which the contract requires. PreservedTest covers that case. */
    private SetParams expiring(long when) {
        return reportsExpiryTime ? SetParams.setParams().pxAt(when) : SetParams.setParams();
    }

    @Override
    public void change() {
        String key = jedis.keys("nano_graphrag:*").stream()
                .filter(name -> jedis.type(name).equals("string"))
                .sorted()
                .findFirst()
                .orElseThrow();
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
        return DatabaseSnapshot.of(jedis, "nano_graphrag:");
    }

    @Override
    public void fillForeign() {
        jedis.set("job:1", "{\"status\": \"completed\"}", SetParams.setParams().ex(1000));
        jedis.set("nano_graphrag", "no colon behind it");
        jedis.hset("other:hash", "a", "b");
        jedis.select(1);
        jedis.set("nano_graphrag:full_docs:doc-in-another-database", "{}");
        jedis.select(0);
    }

    @Override
    public Object foreign() {
        Object database0 = DatabaseSnapshot.outside(jedis, "nano_graphrag:");
        jedis.select(1);
        Object database1 = DatabaseSnapshot.of(jedis, "");
        jedis.select(0);
        return Map.of("database 0", database0, "database 1", database1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
