package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the form {@code scroll}, without a server. */
class ScrollReaderTest {

    private static final String HEAD = """
            {"format": "ngbak-qdrant-scroll/1", "name": "notes", "config": {}, "payload_schema": {}, "aliases": []}
            """;
    private static final String POINT =
            "{\"id\": 1, \"vectors\": {\"\": {\"dense\": \"AACAPw==\"}}, \"payload\": {}}\n";
    private static final String END = "{\"points\": 1}\n";

    private static EntrySource source(String content) {
        return new InMemoryEntries("vectors/qdrant/")
                .with("notes", ".jsonl", content.getBytes(StandardCharsets.UTF_8))
                .source(new StoreInfo("Qdrant", "1.18.3", "scroll", Map.of(), -1));
    }

    private static StoreSummary read(String content) throws IOException {
        return Summaries.read(new QdrantRestorer(), source(content), Settings.of(Map.of()));
    }

    private static void assertCorrupt(String content) {
        Fixtures.assertFails(() -> read(content), Kind.CORRUPT, "notes.jsonl", "malformed");
    }

    @Test
    void writtenCollectionIsReadBackWithAllItsBits() throws Exception {
        CollectionDefinition definition = new CollectionDefinition("notes", Json.object(), Json.object(), List.of("a"));
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        vectors.put("", PointVector.dense(new float[] {-0f, Float.MIN_VALUE, Float.intBitsToFloat(0x7fc0_0001)}));
        vectors.put("s", PointVector.sparse(new int[] {-1, 0}, new float[] {1, 2}));
        vectors.put("m", PointVector.multi(2, new float[] {1, 2, 3, 4}));
        List<Point> points = List.of(
                new Point("18446744073709551615", vectors, Json.object().put("text", "line\nbreak")),
                new Point("550e8400-e29b-41d4-a716-446655440000", Map.of(), Json.object()));
        RecordDigester expected = RecordDigester.digesting();
        QdrantRecords records =
                new QdrantRecords(expected, ProgressMeter.ofRecords(Progress.NONE, "points", () -> {}), Tenant.EVERY);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ScrollWriter writer = new ScrollWriter(file, definition);
        records.begin(definition);
        for (Point point : points) {
            writer.write(point);
            records.add(point);
        }
        writer.finish();

        assertThat(read(file.toString(StandardCharsets.UTF_8))).isEqualTo(expected.summary());
    }

    @Test
    void completeFileIsAccepted() throws Exception {
        assertThat(read(HEAD + POINT + END).counts().counts()).containsExactly(Map.entry("notes", 1L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"id\": 1}",
                "{\"points\": 0}",
                "{\"points\": 2}",
                "{\"points\": 1}\n{}",
                "{\"points\": 1, \"more\": 1}",
                "{\"points\": \"many\"}",
                "[]",
                "truncated"
            })
    void fileThatEndsOtherwiseIsCorrupt(String end) {
        assertCorrupt(HEAD + POINT + end);
    }

    @Test
    void fileWithoutAHeadIsCorrupt() {
        assertCorrupt("");
        assertCorrupt(POINT + END);
    }

    @Test
    void fileOfAnotherCollectionIsCorrupt() {
        assertCorrupt(HEAD.replace("notes", "others") + POINT + END);
    }

    @Test
    void fileOfAnotherFormatIsIncompatible() {
        Fixtures.assertFails(
                () -> read(HEAD.replace("scroll/1", "scroll/3") + POINT + END), Kind.INCOMPATIBLE, "scroll/1");
    }

    @Test
    void definitionWithAnUnknownMemberIsIncompatible() {
        String head = HEAD.replace("{}, \"payload", "{\"params\": {\"colour\": \"red\"}}, \"payload");
        Fixtures.assertFails(
                () -> read(head + POINT + END), Kind.INCOMPATIBLE, "notes", "config.params.colour", "newer version");
    }

    @Test
    void definitionThatTheFirstVersionWouldNotRestoreHasANewerFormat() throws Exception {
        ObjectNode config = Json.object();
        config.putObject("params").putObject("payload").put("memory", "cold");
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        new ScrollWriter(file, new CollectionDefinition("notes", config, Json.object(), List.of())).finish();

        assertThat(file.toString(StandardCharsets.UTF_8)).contains("ngbak-qdrant-scroll/2");
        assertThat(read(file.toString(StandardCharsets.UTF_8)).records()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "id": 1                 | "id": -1
                    "id": 1                 | "id": 18446744073709551616
                    "id": 1                 | "id": "no UUID"
                    "id": 1, "vectors"      | "vectors"
                    "payload": {}           | "payload": []
                    "payload": {}           | "unknown": {}
                    AACAPw==                | AACAP
                    AACAPw==                | AACA
                    "dense"                 | "strange"
                    "dense"                 | "indices": "", "sparse"
                    "dense"                 | "width": 2, "multi"
                    "dense"                 | "multi"
                    """)
    void malformedPointIsCorrupt(String part, String replacement) {
        assertThat(POINT).contains(part);
        assertCorrupt(HEAD + POINT.replace(part, replacement) + END);
    }

    private static final String KEYED_HEAD = """
            {"format": "ngbak-qdrant-keyed-scroll/1", "name": "notes", "config": {"params": {"sharding_method": "custom"}},\
             "payload_schema": {}, "aliases": [], "shard_keys": [{"shard_key": "7"}, {"shard_key": 7}]}
            """;

    @Test
    void pointsWithTheSameIdAndDifferentShardKeysAreRead() throws Exception {
        String text = POINT.replace("{\"id\": 1", "{\"id\": 1, \"shard_key\": \"7\"");
        String number = POINT.replace("{\"id\": 1", "{\"id\": 1, \"shard_key\": 7");
        StoreSummary both = read(KEYED_HEAD + text + number + "{\"points\": 2}\n");
        assertThat(both.records()).isEqualTo(2);
        assertThat(read(KEYED_HEAD + text + END).contentDigest())
                .isNotEqualTo(read(KEYED_HEAD + number + END).contentDigest());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\"shard_key\": 8, ", "\"shard_key\": null, ", "\"shard_key\": -1, ", "\"shard_key\": {}, "})
    void pointWithoutAKeyOfTheCollectionIsCorrupt(String member) {
        assertCorrupt(KEYED_HEAD + POINT.replace("{\"id\"", "{" + member + "\"id\"") + END);
    }

    @Test
    void formatThatDoesNotFitTheShardingMethodIsCorrupt() {
        assertCorrupt(HEAD + POINT.replace("{\"id\"", "{\"shard_key\": 7, \"id\"") + END);
        assertCorrupt(KEYED_HEAD.replace("custom", "auto") + POINT + END);
        assertCorrupt(KEYED_HEAD.replace("keyed-", "") + POINT + END);
    }

    @Test
    void fileOfAnotherKindIsCorrupt() {
        EntrySource other = new InMemoryEntries("vectors/qdrant/")
                .with("notes", ".txt", HEAD.getBytes(StandardCharsets.UTF_8))
                .source(new StoreInfo("Qdrant", "1.18.3", "scroll", Map.of(), -1));
        Fixtures.assertFails(
                () -> Summaries.read(new QdrantRestorer(), other, Settings.of(Map.of())),
                Kind.CORRUPT,
                "not a collection");
    }
}
