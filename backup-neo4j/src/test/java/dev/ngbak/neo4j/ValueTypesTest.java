package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.Summaries;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.neo4j.driver.Value;
import org.neo4j.driver.Values;
import org.neo4j.driver.internal.InternalUnsupportedType;
import org.neo4j.driver.internal.value.UnsupportedDateTimeValue;

/** Types of values that not every server has. No server here can store a vector or a UUID, so they come from the driver. */
class ValueTypesTest {

    private static final UUID ID = UUID.fromString("01a22d8a-6372-7891-87cb-a0f0dec92b5c");

    private static final Map<String, Value> VECTORS = Map.of(
            "{\"vector\":{\"type\":\"INTEGER8\",\"data\":\"AH+A\"}}", Values.vector(new byte[] {0, 127, -128}),
            "{\"vector\":{\"type\":\"INTEGER16\",\"data\":\"AAGAAA==\"}}",
                    Values.vector(new short[] {1, Short.MIN_VALUE}),
            "{\"vector\":{\"type\":\"INTEGER32\",\"data\":\"AAAAAf////4=\"}}", Values.vector(new int[] {1, -2}),
            "{\"vector\":{\"type\":\"INTEGER64\",\"data\":\"f/////////8=\"}}",
                    Values.vector(new long[] {Long.MAX_VALUE}),
            "{\"vector\":{\"type\":\"FLOAT32\",\"data\":\"P4AAAIAAAAA=\"}}", Values.vector(new float[] {1, -0.0f}),
            "{\"vector\":{\"type\":\"FLOAT64\",\"data\":\"P7mZmZmZmZo=\"}}", Values.vector(new double[] {0.1}));

    static String write(Object value) throws Exception {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            PropertyJson.write(json, value);
        }
        return text.toString();
    }

    static Object read(String value) throws Exception {
        try (JsonParser json = new JsonFactory().createParser("{\"p\":" + value + "}")) {
            json.nextToken();
            return PropertyJson.readMap(json).get("p");
        }
    }

    private static String canonical(Object value) {
        CanonicalRecord record = new CanonicalRecord();
        return HexFormat.of().formatHex(record.begin('n').value(value).digest());
    }

    @Test
    void vectorsAndUuidsAreWrittenAndReadWithAllTheirBits() throws Exception {
        for (var vector : VECTORS.entrySet()) {
            Object value = vector.getValue().asObject();
            assertThat(write(value)).isEqualTo(vector.getKey());
            assertThat(read(vector.getKey())).isEqualTo(value);
            assertThat(PropertyType.of(value)).isEqualTo(PropertyType.VECTOR);
        }
        assertThat(VECTORS.values().stream()
                        .map(value -> canonical(value.asObject()))
                        .distinct())
                .hasSize(VECTORS.size());
        for (Object value : List.of(ID, List.of(ID, new UUID(0, 1)))) {
            assertThat(read(write(value))).isEqualTo(value);
            assertThat(PropertyType.of(value)).isEqualTo(PropertyType.UUID);
        }
        assertThat(write(ID)).isEqualTo("{\"uuid\":\"" + ID + "\"}");
        assertThat(canonical(ID)).isNotEqualTo(canonical(ID.toString())).isNotEqualTo(canonical(new UUID(1, 2)));
        // A signalling NaN has bits that Java's arithmetic would change.
        float[] nan = {Float.intBitsToFloat(0x7fa00001)};
        assertThat(write(Values.vector(nan).asObject())).contains("f6AAAQ==");
        assertThat(write(read("{\"vector\":{\"type\":\"FLOAT32\",\"data\":\"f6AAAQ==\"}}")))
                .contains("f6AAAQ==");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"vector\":{\"type\":\"FLOAT16\",\"data\":\"AAA=\"}}",
                "{\"vector\":{\"type\":\"FLOAT32\",\"data\":\"AAA=\"}}",
                "{\"vector\":{\"type\":\"FLOAT32\",\"data\":\"\"}}",
                "{\"vector\":{\"data\":\"AAAAAA==\"}}",
                "{\"vector\":{\"type\":\"FLOAT32\",\"data\":\"AAAAAA==\",\"scale\":1}}",
                "{\"vector\":[1.0]}",
                "{\"uuid\":\"1-2-3-4-5\"}",
                "{\"uuid\":\"x\"}",
                "{\"uuid\":1}"
            })
    void malformedVectorsAndUuidsAreRefused(String value) {
        assertThatThrownBy(() -> read(value)).isInstanceOf(MalformedContentException.class);
    }

    private static Neo4jRecords records() throws Exception {
        ProgressMeter meter = ProgressMeter.ofRecords(Progress.NONE, Neo4jRecords.UNIT, () -> {});
        return new Neo4jRecords(RecordDigester.digesting(), Settings.of(Map.of()), meter, GraphReceiver.NONE);
    }

    /** What the driver or the server puts in place of a value that one of them does not know. */
    @Test
    void placeholdersOfUnknownTypesNameTheirNodeAndProperty() throws Exception {
        Map<String, Object> unknown = Map.of(
                "\"TENSOR\", which needs Bolt 6.9", new InternalUnsupportedType("TENSOR", "6.9", null),
                "\"UUID\"", Map.of("originalType", "UUID", "reason", "UNKNOWN_TYPE"),
                "a list that contains \"UUID\"", List.of("x", Map.of("originalType", "UUID", "reason", "UNKNOWN_TYPE")),
                "a list that contains a list", List.of(List.of(1L)),
                "Unknown time-zone ID: Mars/Base",
                        PropertyType.read(Values.value(Map.of(
                                        "p",
                                        new UnsupportedDateTimeValue(
                                                new DateTimeException("Unknown time-zone ID: Mars/Base")))))
                                .get("p"));
        for (var value : unknown.entrySet()) {
            try (Neo4jRecords records = records()) {
                assertThatThrownBy(
                                () -> records.node(0, List.of("L", "M"), Map.of("id", "A", "when", value.getValue())))
                        .isInstanceOfSatisfying(
                                BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
                        .hasMessageContaining(
                                "The property \"when\" of a node with the labels \"L\", \"M\" and the id \"A\"")
                        .hasMessageContaining(value.getKey());
                assertThatThrownBy(() -> records.relationship("R", 0, 0, Map.of("when", value.getValue())))
                        .hasMessageContaining("The property \"when\" of a relationship of the type \"R\"");
            }
        }
    }

    @Test
    void exportNamesTheTypesOfItsValues() throws Exception {
        try (Neo4jRecords records = records()) {
            records.node(0, List.of("L"), Map.of("id", "A", "at", 1L));
            assertThat(records.requirements().scope()).isEmpty();
            records.node(1, List.of("L"), Map.of("ids", List.of(ID)));
            records.relationship(
                    "R", 0, 1, Map.of("v", Values.vector(new float[] {1}).asObject()));
            assertThat(records.requirements().scope()).isEqualTo(Map.of("value_types", "UUID, VECTOR"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "VECTOR, 2026.08.1, community, '', cannot store",
        "VECTOR, 2025.09.0, enterprise, block-block-1.1, cannot store",
        "VECTOR, 2025.10.1, enterprise, block-block-1.1, ",
        "VECTOR, 2025.10.1, enterprise, record-aligned-1.1, record-aligned-1.1",
        "VECTOR, 2026.09-aura, enterprise, '', ",
        "UUID, 2026.07.0, enterprise, block-block-1.1, 2026.08",
        "UUID, 2026.08.1, enterprise, block-block-1.1, ",
        "TENSOR, 2030.01.0, enterprise, block-block-1.1, newer version of ngbak"
    })
    void preflightKnowsWhichServerCanStoreATypeOfValue(
            String type, String version, String edition, String format, String problem) {
        List<BackupException> problems =
                Requirements.problems(Map.of("value_types", type), new ServerVersion(version, edition), format);
        if (problem == null) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems).singleElement().satisfies(e -> {
                assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                assertThat(e.getMessage()).contains(problem, type);
            });
        }
    }

    private static ExportedGraph archive(Map<String, String> more) {
        Map<String, String> scope = new HashMap<>(more);
        scope.put("NEO4J_GRAPH_NAMESPACE", TestDatabase.LABEL);
        String file = """
                {"form":"neo4j-jsonl/1","scope":"%s"}
                {"node":0,"labels":["%s"],"properties":{"v":{"vector":{"type":"FLOAT32","data":"P4AAAA=="}}}}
                {"end":{"schema":0,"nodes":1,"relationships":0}}
                """.formatted(TestDatabase.LABEL, TestDatabase.LABEL);
        return ExportedGraph.ofFile(
                new StoreInfo("Neo4j", "2026.08.1", DumpWriter.FORM, scope, -1), file.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void serverThatCannotStoreAVectorIsRefusedBeforeAnyChange() throws Exception {
        TestDatabase.wipe();
        TestDatabase.run("CREATE (:" + TestDatabase.LABEL + " {id: 'old'})");
        List<String> before = TestDatabase.contents("true");
        ExportedGraph archive = archive(Map.of("value_types", "VECTOR"));
        assertThat(archive.read().records()).isEqualTo(1);
        try (RestoreSession session = new Neo4jRestorer().open(TestDatabase.settings())) {
            assertThat(session.problems(archive.info(), 1))
                    .singleElement()
                    .asString()
                    .contains("VECTOR", "community", "record-aligned-1.1", "block");
            assertThatThrownBy(() -> Summaries.restore(session, archive.source(), Progress.NONE))
                    .hasMessageContaining("VECTOR");
        }
        assertThat(TestDatabase.contents("true")).isEqualTo(before);
    }

    @Test
    void manifestThatConcealsATypeOfValueIsRefused() {
        assertThatThrownBy(() -> archive(Map.of()).read())
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                .hasMessageContaining("VECTOR");
    }
}
