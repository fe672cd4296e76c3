package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.redis.RedisExporter;
import dev.ngbak.redis.RedisRestorer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.StorageContract;
import dev.ngbak.testkit.Summaries;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** The contract for one workspace in a database with others, whose names begin with its name or with which its name begins. */
class RedisContractTest implements StorageContract {

    private static final List<String> NAMESPACES = List.of(
            "full_docs",
            "text_chunks",
            "llm_response_cache",
            "full_entities",
            "full_relations",
            "entity_chunks",
            "relation_chunks",
            "doc_status");

    private static final String WORKSPACE = "ws";

    private static RedisServer server;
    private Jedis jedis;

    @BeforeAll
    static void start() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        jedis = new Jedis("127.0.0.1", server.port());
        jedis.flushAll();
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
        return settings(WORKSPACE);
    }

    private static Settings settings(String workspace) {
        return Settings.of(Map.of("GRAPHRAG_SYSTEM", "lightrag", "WORKSPACE", workspace, "REDIS_URL", server.url()));
    }

    @Override
    public Settings deadSettings() {
        return settings().with("REDIS_URL", "redis://127.0.0.1:1");
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
        keys("ws_").forEach(jedis::del);
        fill(WORKSPACE + "_", records, seed);
    }

    /** Writes what LightRAG writes: JSON with only ASCII, and the index of the statuses as sorted sets and sets. */
    private void fill(String prefix, int records, long seed) {
        Random random = new Random(seed);
        var pipeline = jedis.pipelined();
        for (int i = 0; i < records; i++) {
            String id = i + AwkwardValues.anyText(random);
            switch (i % 10) {
                case 8 -> pipeline.zadd(bytes(prefix + "doc_status__sched:status:" + id), 0, bytes("2026|doc-" + i));
                case 9 -> pipeline.sadd(bytes(prefix + "doc_status__sched:basename:" + id), bytes("doc-" + i));
                default ->
                    pipeline.set(
                            bytes(prefix + NAMESPACES.get(i % 10) + ":" + id),
                            bytes("{\"content\": \"caf\\u00e9 " + random.nextLong() + "\"}"));
            }
        }
        pipeline.sync();
    }

    @Override
    public void change() {
        String key = jedis.keys("ws_full_docs:*").stream().sorted().findFirst().orElseThrow();
        jedis.set(key, "{\"content\": \"changed " + System.nanoTime() + "\"}");
    }

    @Override
    public Object contents() {
        return snapshot(true, "ws_");
    }

    @Override
    public void fillForeign() {
        for (String prefix : List.of("", "w_", "ws_2_", "ws__", "ws_full_docs_", "other_ws_", "WS_")) {
            fill(prefix, 10, prefix.hashCode());
        }
        jedis.set("ws_", "no namespace");
        jedis.set("ws_full_docs", "no colon");
        jedis.set("ws_community_reports:1", "not a namespace of LightRAG");
        jedis.set("job:1", "{}");
    }

    @Override
    public Object foreign() {
        return snapshot(false, "ws_");
    }

    private List<byte[]> keys(String prefix) {
        return jedis.keys(new byte[] {'*'}).stream()
                .filter(key -> isOf(prefix, new String(key, StandardCharsets.ISO_8859_1)))
                .toList();
    }

    private static boolean isOf(String prefix, String key) {
        return NAMESPACES.stream().anyMatch(namespace -> key.startsWith(prefix + namespace + ":"))
                || key.startsWith(prefix + "doc_status__sched:")
                || key.startsWith(prefix + "doc_status__sched_rebuild:");
    }

    private Map<String, String> snapshot(boolean inside, String prefix) {
        Map<String, String> snapshot = new TreeMap<>();
        for (byte[] key : jedis.keys(new byte[] {'*'})) {
            String name = new String(key, StandardCharsets.ISO_8859_1);
            if (isOf(prefix, name) == inside) {
                String content =
                        switch (jedis.type(key)) {
                            case "string" -> HexFormat.of().formatHex(jedis.get(key));
                            case "zset" -> jedis.zrangeWithScores(key, 0, -1).toString();
                            default ->
                                jedis.smembers(key).stream()
                                        .map(Arrays::toString)
                                        .sorted()
                                        .toList()
                                        .toString();
                        };
                snapshot.put(name, content);
            }
        }
        return snapshot;
    }

    @Test
    void unnamedWorkspaceLeavesNamedOnesAlone() throws Exception {
        Settings unnamed = settings("");
        fill("", 50, 1);
        fill("ws_", 50, 2);
        Map<String, String> before = snapshot(true, "");
        Map<String, String> named = snapshot(false, "");
        InMemoryEntries entries = new InMemoryEntries("kv/");
        try (ExportSession session = exporter().open(unnamed)) {
            assertThat(Summaries.export(session, entries, Progress.NONE).records())
                    .isEqualTo(50);
            jedis.set("full_docs:new", "{}");
            try (RestoreSession restore = restorer().open(unnamed)) {
                Summaries.restore(restore, entries.source(session.info()), Progress.NONE);
            }
        }

        assertThat(snapshot(true, "")).isEqualTo(before);
        assertThat(snapshot(false, "")).isEqualTo(named);
    }

    /** Without the check, the key {@code 2_full_docs:x} behind the prefix {@code ws_} would belong to another workspace. */
    @ParameterizedTest
    @ValueSource(strings = {"2_full_docs", "community_reports"})
    void archivedKeyOutsideTheScopeIsNotWritten(String namespace) throws Exception {
        fillForeign();
        Object before = foreign();
        InMemoryEntries entries = new InMemoryEntries("kv/");
        entries.put(namespace, ".json", out -> out.write(bytes("{\"0\": {\"content\": \"hostile\"}}")));
        try (ExportSession session = exporter().open(settings());
                RestoreSession restore = restorer().open(settings())) {
            EntrySource source = entries.source(session.info());
            assertThatThrownBy(() -> Summaries.restore(restore, source, Progress.NONE))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll(namespace + ":0", "WORKSPACE or REDIS_WORKSPACE");
        }
        assertThat(foreign()).isEqualTo(before);
    }

    @Test
    void archiveOfAnotherWorkspaceIsRefused() throws Exception {
        fill(5, 1);
        try (ExportSession session = exporter().open(settings("ws_2"));
                RestoreSession restore = restorer().open(settings())) {
            assertThat(restore.problems(session.info(), 10))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem)
                            .hasMessageContainingAll("\"ws_2_\"", "\"ws_\"", "WORKSPACE or REDIS_WORKSPACE"));
        }
    }

    @Test
    void missingWorkspaceIsNotTakenForAnEmptyOne() throws Exception {
        fill("ws_2_", 5, 1);
        try (ExportSession session = exporter().open(settings())) {
            assertThat(session.scopeProblem().orElseThrow())
                    .hasMessageContainingAll("ws_2_full_docs:", "Correct WORKSPACE or REDIS_WORKSPACE");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the keys with a prefix, with another prefix in their place. */
    private Map<String, String> renamed(String from, String to) {
        Map<String, String> renamed = new TreeMap<>();
        snapshot(true, from).forEach((key, content) -> renamed.put(to + key.substring(from.length()), content));
        return renamed;
    }

    @Test
    void workspaceIsCopiedWithTheIndexOfItsStatuses() throws Exception {
        fill(50, 1);
        jedis.pexpire(
                "ws_doc_status:"
                        + jedis.keys("ws_doc_status:*").iterator().next().substring(14),
                9_000_000);
        fillForeign();
        Object original = contents();
        Map<String, String> foreign = snapshot(false, "ws_");

        Rewritten.copy(exporter(), restorer(), settings(), settings("ws_copy"));

        assertThat(snapshot(true, "ws_copy_"))
                .isEqualTo(renamed("ws_", "ws_copy_"))
                .hasSize(50);
        assertThat(snapshot(true, "ws_copy_").keySet()).anyMatch(key -> key.contains("__sched:status:"));
        assertThat(contents()).isEqualTo(original);
        keys("ws_copy_").forEach(jedis::del);
        assertThat(foreign()).isEqualTo(foreign);
    }

    @Test
    void unnamedWorkspaceIsCopiedAndBack() throws Exception {
        fill("", 30, 3);
        Map<String, String> unnamed = snapshot(true, "");

        Rewritten.copy(exporter(), restorer(), settings(""), settings("named"));
        assertThat(snapshot(true, "named_")).isEqualTo(renamed("", "named_")).hasSize(30);
        keys("").forEach(jedis::del);
        Rewritten.copy(exporter(), restorer(), settings("named"), settings(""));

        assertThat(snapshot(true, "")).isEqualTo(unnamed);
    }

    private Rewritten mapped(String from, String to) throws Exception {
        InMemoryEntries entries = new InMemoryEntries("kv/");
        try (ExportSession session = exporter().open(settings())) {
            Summaries.export(session, entries, Progress.NONE);
            return Rewritten.of(restorer(), entries.source(session.info()), settings(), Map.of(from, to));
        }
    }

    @Test
    void pathIsMappedAndEverythingElseStays() throws Exception {
        String value = "{\"content\": \"file:///in/x \\u00e9\",  \"sidecar_location\": \"file:///in/a%20b/\"}";
        jedis.set("ws_full_docs:1", value);
        jedis.set("ws_text_chunks:1", value);

        Rewritten mapped = mapped("/in", "/out");

        String written = new String(mapped.entries().content("full_docs"), StandardCharsets.UTF_8);
        assertThat(written).contains(value.replace("\"file:///in/a%20b/", "\"file:///out/a%20b/"));
        assertThat(new String(mapped.entries().content("text_chunks"), StandardCharsets.UTF_8))
                .contains(value);
        assertThat(mapped.summary().warnings()).isEmpty();
        assertThat(mapped("/other", "/out").summary().warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning).contains("\"file:///in/a%20b/\""));
    }

    @Test
    void keysOfAWholeDatabaseCannotBeRenamed() {
        StoreInfo archived = new StoreInfo("Redis", "7", "redis", Map.of("REDIS_KEY_PREFIX", "*"), -1);
        EntrySource whole = new InMemoryEntries("kv/")
                .with("ws_full_docs", ".json", bytes("{\"1\": {}}"))
                .source(archived);

        assertThatThrownBy(() -> Rewritten.of(restorer(), whole, settings(), Map.of()))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll("ws_full_docs:1", "not in scope");
    }

    @Test
    void pathInAValueThatIsNotValidJsonIsRefusedAndNotSkipped() {
        jedis.set("ws_full_docs:1", "{\"content\": \"\\ud800\", \"sidecar_location\": \"file:///in/a/\"}");

        assertThatThrownBy(() -> mapped("/in", "/out"))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll("full_docs:1", "--map-path");
    }
}
