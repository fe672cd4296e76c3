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

/** The documents in Redis. */
public final class Keys implements Store {

    /** What keys begin with when no variable says otherwise. */
    public static final String PREFIX = "nano_graphrag:";

    /** The key that lives no longer than a minute in a live system. */
    public static final String SHORT_LIVED = PREFIX + "llm_response_cache:expires-within-a-minute";

    private static final long DAY = 86_400_000;
    private static final int AT_ONCE = 4_000_000;

    private final Jedis jedis;
    private final long shortLife;

    /** @param shortLife in milliseconds, how long {@link #SHORT_LIVED} lives; in a live system a minute */
    public Keys(String url, long shortLife) {
        this.jedis = new Jedis(URI.create(url));
        this.shortLife = shortLife;
    }

    /** The connection, for what a test does to a single key. Not for several threads. */
    public Jedis jedis() {
        return jedis;
    }

    /** Many writes in one message. */
    private final class Writes implements AutoCloseable {
        private final Pipeline pipeline = jedis.pipelined();
        private int pending;

        void set(String key, byte[] value, SetParams expiry) {
            pipeline.set(bytes(PREFIX + key), value, expiry);
            pending += value.length + 100;
            if (pending > AT_ONCE) {
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
        SetParams never = new SetParams();
        SetParams reportsUntil = new SetParams().pxAt(now + DAY);
        SetParams cacheUntil = new SetParams().pxAt(now + DAY / 2);
        try (Writes writes = new Writes()) {
            for (int d = 0; d < data.size().documents(); d++) {
                writes.set("full_docs:" + data.documentKey(d), PythonJson.bytes(data.document(d)), never);
            }
            for (int c = 0; c < data.size().chunks(); c++) {
                writes.set("text_chunks:" + data.chunkKey(c), PythonJson.bytes(data.chunk(c)), never);
            }
            for (int i = 0; i < data.size().reports(); i++) {
                writes.set("community_reports:" + data.reportKey(i), PythonJson.bytes(data.report(i)), reportsUntil);
            }
            for (int i = 0; i < data.size().cached(); i++) {
                writes.set("llm_response_cache:" + data.cacheKey(i), PythonJson.bytes(data.cached(i)), cacheUntil);
            }
            writes.set(
                    "text_chunks:chunk-00000000000000000000000000000000", PythonJson.bytes(data.orphanChunk()), never);
            writes.set("text_chunks:chunk-empty", new byte[0], never);
            writes.set("full_docs:doc:with:colons", bytes("{\"a\" : 1.0,\"a\":01, \"c\": NaN}"), never);
            writes.set("full_docs:doc-text", bytes("no JSON at all, \"quoted\" \\u0041 🚀"), never);
            writes.set("llm_response_cache:latin1", new byte[] {'"', (byte) 0xE9, (byte) 0xC3, '"', 0}, cacheUntil);
            writes.pipeline.set(
                    concatenated(bytes(PREFIX + "llm_response_cache:"), (byte) 0xFF, (byte) 0),
                    bytes("{\"return\": \"its key is no UTF-8\"}"));
            writes.pipeline.set(bytes(SHORT_LIVED), bytes("{}"), new SetParams().pxAt(now + shortLife));
            writes.pipeline.hset(bytes(PREFIX + "extra:hash"), Map.of(bytes("field"), new byte[] {0, (byte) 0xFF}));
            writes.pipeline.rpush(PREFIX + "extra:list", "one", "two", "one", "");
            writes.pipeline.sadd(PREFIX + "extra:set", "b", "a", "3");
            writes.pipeline.zadd(
                    PREFIX + "extra:zset", Map.of("low", Double.NEGATIVE_INFINITY, "half", 0.5, "high", 1e300));
            writes.pipeline.xadd(
                    PREFIX + "extra:stream",
                    Map.of("event", "indexed"),
                    XAddParams.xAddParams().id(new StreamEntryID(7, 1)));
            writes.pipeline.pexpireAt(PREFIX + "extra:set", now + DAY);
        }
    }

    @Override
    public void fillForeign() {
        long week = System.currentTimeMillis() + 7 * DAY;
        for (int i = 0; i < 5; i++) {
            jedis.set(
                    "job:00000000-0000-4000-8000-00000000000" + i,
                    "{\"job_id\": \"" + i
                            + "\", \"status\": \"completed\", \"progress\": {\"current\": 1, \"total\": 1}}",
                    new SetParams().pxAt(week));
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
    public void wipe() {
        each(true, key -> jedis.unlink(key));
    }

    @Override
    public void clear() {
        jedis.flushAll();
    }

    private void each(boolean inScope, Consumer<byte[]> action) {
        byte[] prefix = bytes(PREFIX);
        byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
        TreeSet<String> seen = new TreeSet<>();
        do {
            ScanResult<byte[]> page = jedis.scan(cursor, new ScanParams().count(1_000));
            for (byte[] key : page.getResult()) {
                boolean begins = key.length >= prefix.length
                        && java.util.Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
                if (begins == inScope && seen.add(hex(key))) {
                    action.accept(key);
                }
            }
            cursor = page.getCursorAsBytes();
        } while (!java.util.Arrays.equals(cursor, ScanParams.SCAN_POINTER_START_BINARY));
    }

    @Override
    public String picture() {
        return picture(true);
    }

    @Override
    public String foreignPicture() {
        String first = picture(false);
        jedis.select(1);
        String second = picture(true) + picture(false);
        jedis.select(0);
        return first + ", " + second;
    }

    private String picture(boolean inScope) {
        Picture picture = new Picture();
        each(inScope, key -> {
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
                            jedis.lrange(key, 0, -1).stream().map(Keys::hex).toList();
                        case "set" -> {
                            TreeSet<String> members = new TreeSet<>();
                            jedis.smembers(key).forEach(member -> members.add(hex(member)));
                            yield members;
                        }
                        case "zset" -> jedis.zrangeWithScores(key, 0, -1).toString();
                        default -> hex(jedis.dump(key));
                    };
            picture.add(hex(key) + " " + type + " " + content + " " + jedis.pexpireTime(key));
        });
        return picture.toString();
    }

    /** By SCAN and GET, many at a time; other types than strings are not worth counting. */
    @Override
    public long read() {
        long bytes = 0;
        byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
        ScanParams wanted = new ScanParams().match(PREFIX + "*").count(500);
        do {
            ScanResult<byte[]> page = jedis.scan(cursor, wanted, bytes("string"));
            try (Pipeline pipeline = jedis.pipelined()) {
                var values = page.getResult().stream().map(pipeline::get).toList();
                pipeline.sync();
                for (Response<byte[]> value : values) {
                    bytes += value.get() == null ? 0 : value.get().length;
                }
            }
            cursor = page.getCursorAsBytes();
        } while (!java.util.Arrays.equals(cursor, ScanParams.SCAN_POINTER_START_BINARY));
        return bytes;
    }

    /** By GET, PEXPIRETIME and DUMP into a file, and from there by SET and RESTORE, megabytes at a time. */
    @Override
    public long rewrite(Path scratch) throws IOException {
        Path file = Files.createTempFile(scratch, "keys", null);
        try {
            save(file);
            wipe();
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
            each(true, keys::add);
            for (byte[] key : keys) {
                boolean string = jedis.type(key).equals("string");
                byte[] value = string ? jedis.get(key) : jedis.dump(key);
                out.writeBoolean(string);
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
                boolean string = in.readBoolean();
                long expires = in.readLong();
                if (expires == Long.MIN_VALUE) {
                    return;
                }
                byte[] key = new byte[in.readInt()];
                byte[] value = new byte[in.readInt()];
                in.readFully(key);
                in.readFully(value);
                if (!string) {
                    pipeline.restore(key, Math.max(0, expires), value, new RestoreParams().absTtl());
                } else if (expires < 0) {
                    pipeline.set(key, value);
                } else {
                    pipeline.set(key, value, new SetParams().pxAt(expires));
                }
                pending += value.length + 100;
                if (pending > AT_ONCE) {
                    pipeline.sync();
                    pending = 0;
                }
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] concatenated(byte[] first, byte... more) {
        byte[] all = java.util.Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
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
