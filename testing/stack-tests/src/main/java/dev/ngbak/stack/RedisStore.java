package dev.ngbak.stack;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.RestoreParams;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.resps.ScanResult;

/** The key-value store, in Redis. */
public final class RedisStore implements Store {

    /** The default prefix of keys in scope. */
    public static final String PREFIX = "nano_graphrag:";

    /** A key that expires within a minute in a live system. */
    public static final String SHORT_LIVED_KEY = PREFIX + "llm_response_cache:expires-within-a-minute";

    private static final long DAY_MILLIS = 86_400_000;
    private static final int MAX_PIPELINE_BYTES = 4_000_000;

    private final Jedis jedis;
    private final long shortTtl;

    /**
     * Connects to a server.
     *
     * @param shortTtl the time to live of {@link #SHORT_LIVED_KEY}, in milliseconds; a minute in a live system
     */
    public RedisStore(String url, long shortTtl) {
        this.jedis = new Jedis(URI.create(url));
        this.shortTtl = shortTtl;
    }

    /** Returns the connection, for tests that access single keys. It is not safe for use by several threads. */
    public Jedis jedis() {
        return jedis;
    }

    /** Sends many writes in one message. */
    private final class WriteBatch implements AutoCloseable {
        private final Pipeline pipeline = jedis.pipelined();
        private int pending;

        void set(String key, byte[] value, SetParams expiry) {
            pipeline.set(bytes(PREFIX + key), value, expiry);
            pending += value.length + 100;
            if (pending > MAX_PIPELINE_BYTES) {
                pipeline.sync();
                pending = 0;
            }
        }

        @Override
        public void close() {
            pipeline.close();
        }
    }

    @Override
    public void fill(Dataset data, long now) {
        SetParams noExpiry = new SetParams();
        SetParams reportExpiry = new SetParams().pxAt(now + DAY_MILLIS);
        SetParams cacheExpiry = new SetParams().pxAt(now + DAY_MILLIS / 2);
        try (WriteBatch writes = new WriteBatch()) {
            for (int d = 0; d < data.size().documents(); d++) {
                writes.set("full_docs:" + data.documentKey(d), PythonJson.bytes(data.document(d)), noExpiry);
            }
            for (int c = 0; c < data.size().chunks(); c++) {
                writes.set("text_chunks:" + data.chunkKey(c), PythonJson.bytes(data.chunk(c)), noExpiry);
            }
            for (int i = 0; i < data.size().reports(); i++) {
                writes.set("community_reports:" + data.reportKey(i), PythonJson.bytes(data.report(i)), reportExpiry);
            }
            for (int i = 0; i < data.size().cachedAnswers(); i++) {
                writes.set(
                        "llm_response_cache:" + data.cacheKey(i), PythonJson.bytes(data.cachedAnswer(i)), cacheExpiry);
            }
            writes.set(
                    "text_chunks:chunk-00000000000000000000000000000000",
                    PythonJson.bytes(data.orphanChunk()),
                    noExpiry);
            writes.set("text_chunks:chunk-empty", new byte[0], noExpiry);
            writes.set("full_docs:doc:with:colons", bytes("{\"a\" : 1.0,\"a\":01, \"c\": NaN}"), noExpiry);
            writes.set("full_docs:doc-text", bytes("no JSON at all, \"quoted\" \\u0041 🚀"), noExpiry);
            writes.set("llm_response_cache:latin1", new byte[] {'"', (byte) 0xE9, (byte) 0xC3, '"', 0}, cacheExpiry);
            writes.pipeline.set(
                    concat(bytes(PREFIX + "llm_response_cache:"), (byte) 0xFF, (byte) 0),
                    bytes("{\"return\": \"its key is no UTF-8\"}"));
            writes.pipeline.set(bytes(SHORT_LIVED_KEY), bytes("{}"), new SetParams().pxAt(now + shortTtl));
            writes.pipeline.hset(bytes(PREFIX + "extra:hash"), Map.of(bytes("field"), new byte[] {0, (byte) 0xFF}));
            writes.pipeline.rpush(PREFIX + "extra:list", "one", "two", "one", "");
            writes.pipeline.sadd(PREFIX + "extra:set", "b", "a", "3");
            writes.pipeline.zadd(
                    PREFIX + "extra:zset", Map.of("low", Double.NEGATIVE_INFINITY, "half", 0.5, "high", 1e300));
            writes.pipeline.xadd(
                    PREFIX + "extra:stream",
                    Map.of("event", "indexed"),
                    XAddParams.xAddParams().id(new StreamEntryID(7, 1)));
            writes.pipeline.pexpireAt(PREFIX + "extra:set", now + DAY_MILLIS);
        }
    }

    @Override
    public void fillForeign() {
        long inOneWeek = System.currentTimeMillis() + 7 * DAY_MILLIS;
        for (int i = 0; i < 5; i++) {
            jedis.set(
                    "job:00000000-0000-4000-8000-00000000000" + i,
                    "{\"job_id\": \"" + i
                            + "\", \"status\": \"completed\", \"progress\": {\"current\": 1, \"total\": 1}}",
                    new SetParams().pxAt(inOneWeek));
        }
        jedis.set("session:1", "not ours");
        jedis.set("nano_graphra", "nearly the prefix");
        jedis.set("nano_graphrag", "the prefix without its colon");
        jedis.hset("other:nano_graphrag:hash", "field", "value");
        jedis.select(1);
        jedis.set(PREFIX + "full_docs:doc-1", "in another logical database");
        jedis.select(0);
    }

    @Override
    public void wipeScope() {
        forEachKey(true, key -> jedis.unlink(key));
    }

    @Override
    public void wipeAll() {
        jedis.flushAll();
    }

    /** Calls the action once for each key, although SCAN may return a key twice. */
    private void forEachKey(boolean inScope, Consumer<byte[]> action) {
        byte[] prefix = bytes(PREFIX);
        byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
        TreeSet<String> seen = new TreeSet<>();
        do {
            ScanResult<byte[]> page = jedis.scan(cursor, new ScanParams().count(1_000));
            for (byte[] key : page.getResult()) {
                boolean hasPrefix =
                        key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
                if (hasPrefix == inScope && seen.add(hex(key))) {
                    action.accept(key);
                }
            }
            cursor = page.getCursorAsBytes();
        } while (!Arrays.equals(cursor, ScanParams.SCAN_POINTER_START_BINARY));
    }

    @Override
    public String fingerprint() {
        return fingerprint(true);
    }

    @Override
    public String foreignFingerprint() {
        String first = fingerprint(false);
        jedis.select(1);
        String second = fingerprint(true) + fingerprint(false);
        jedis.select(0);
        return first + ", " + second;
    }

    private String fingerprint(boolean inScope) {
        ContentFingerprint fingerprint = new ContentFingerprint();
        forEachKey(inScope, key -> {
            String type = jedis.type(key);
            Object content =
                    switch (type) {
                        case "string" -> hex(jedis.get(key));
                        case "hash" -> {
                            Map<String, String> fields = new TreeMap<>();
                            jedis.hgetAll(key).forEach((field, value) -> fields.put(hex(field), hex(value)));
                            yield fields;
                        }
                        case "list" ->
                            jedis.lrange(key, 0, -1).stream()
                                    .map(RedisStore::hex)
                                    .toList();
                        case "set" -> {
                            TreeSet<String> members = new TreeSet<>();
                            jedis.smembers(key).forEach(member -> members.add(hex(member)));
                            yield members;
                        }
                        case "zset" -> jedis.zrangeWithScores(key, 0, -1).toString();
                        default -> hex(jedis.dump(key));
                    };
            fingerprint.add(hex(key) + " " + type + " " + content + " " + jedis.pexpireTime(key));
        });
        return fingerprint.toString();
    }

    /** Uses SCAN and pipelined GET. Types other than strings are too few to count. */
    @Override
    public long read() {
        long bytes = 0;
        byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
        ScanParams scan = new ScanParams().match(PREFIX + "*").count(500);
        do {
            ScanResult<byte[]> page = jedis.scan(cursor, scan, bytes("string"));
            try (Pipeline pipeline = jedis.pipelined()) {
                var values = page.getResult().stream().map(pipeline::get).toList();
                pipeline.sync();
                for (Response<byte[]> value : values) {
                    bytes += value.get() == null ? 0 : value.get().length;
                }
            }
            cursor = page.getCursorAsBytes();
        } while (!Arrays.equals(cursor, ScanParams.SCAN_POINTER_START_BINARY));
        return bytes;
    }

    /** Saves values to a file with GET, PEXPIRETIME and DUMP, and loads them with pipelined SET and RESTORE. */
    @Override
    public long rewrite(Path scratch) throws IOException {
        Path file = Files.createTempFile(scratch, "keys", null);
        try {
            save(file);
            wipeScope();
            long start = System.nanoTime();
            load(file);
            return System.nanoTime() - start;
        } finally {
            Files.delete(file);
        }
    }

    private void save(Path file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            List<byte[]> keys = new ArrayList<>();
            forEachKey(true, keys::add);
            for (byte[] key : keys) {
                boolean isString = jedis.type(key).equals("string");
                byte[] value = isString ? jedis.get(key) : jedis.dump(key);
                out.writeBoolean(isString);
                out.writeLong(jedis.pexpireTime(key));
                out.writeInt(key.length);
                out.writeInt(value.length);
                out.write(key);
                out.write(value);
            }
            out.writeBoolean(false);
            out.writeLong(Long.MIN_VALUE);
        }
    }

    private void load(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
                Pipeline pipeline = jedis.pipelined()) {
            int pending = 0;
            while (true) {
                boolean isString = in.readBoolean();
                long expires = in.readLong();
                if (expires == Long.MIN_VALUE) {
                    return;
                }
                byte[] key = new byte[in.readInt()];
                byte[] value = new byte[in.readInt()];
                in.readFully(key);
                in.readFully(value);
                if (!isString) {
                    pipeline.restore(key, Math.max(0, expires), value, new RestoreParams().absTtl());
                } else if (expires < 0) {
                    pipeline.set(key, value);
                } else {
                    pipeline.set(key, value, new SetParams().pxAt(expires));
                }
                pending += value.length + 100;
                if (pending > MAX_PIPELINE_BYTES) {
                    pipeline.sync();
                    pending = 0;
                }
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] concat(byte[] first, byte... second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        jedis.close();
    }
}
