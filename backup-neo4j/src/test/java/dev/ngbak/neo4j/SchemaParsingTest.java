package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.support.ProductVersion;
import java.io.OutputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.neo4j.driver.Record;
import org.neo4j.driver.Values;
import org.neo4j.driver.internal.InternalRecord;

/** Constraints and indexes as other releases and editions of Neo4j return them. */
class SchemaParsingTest {

    private static final GraphScope WHOLE = new GraphScope("*");

    /** @param columns names and values, alternating */
    private static Record row(Object... columns) {
        List<String> names = new ArrayList<>();
        List<org.neo4j.driver.Value> values = new ArrayList<>();
        for (int i = 0; i < columns.length; i += 2) {
            names.add((String) columns[i]);
            values.add(Values.value(columns[i + 1]));
        }
        return new InternalRecord(names, values);
    }

    private static Record constraint(String type, Object properties, String classification) {
        return row(
                "name",
                "c",
                "type",
                type,
                "entityType",
                type.startsWith("RELATIONSHIP") ? "RELATIONSHIP" : "NODE",
                "labelsOrTypes",
                List.of("L"),
                "properties",
                properties,
                "propertyType",
                type.endsWith("PROPERTY_TYPE") ? "STRING" : null,
                "classification",
                classification,
                "enforcedLabel",
                "Other");
    }

    private static Record index(String type, List<String> labels, List<String> properties, String state) {
        return row(
                "name",
                "i",
                "type",
                type,
                "entityType",
                "NODE",
                "labelsOrTypes",
                labels,
                "properties",
                properties,
                "options",
                Map.of("indexConfig", Map.of(), "indexProvider", "p"),
                "owningConstraint",
                null,
                "state",
                state);
    }

    private static Schema constraints(GraphScope scope, Record... rows) {
        return Schema.of(null, scope, List.of(rows), List.of());
    }

    private static Schema indexes(Record... rows) {
        return Schema.of(null, WHOLE, List.of(), List.of(rows));
    }

    @ParameterizedTest
    @CsvSource({
        "UNIQUENESS, UNIQUENESS",
        "NODE_PROPERTY_UNIQUENESS, UNIQUENESS",
        "RELATIONSHIP_UNIQUENESS, UNIQUENESS",
        "RELATIONSHIP_PROPERTY_UNIQUENESS, UNIQUENESS",
        "NODE_KEY, KEY",
        "RELATIONSHIP_KEY, KEY",
        "NODE_PROPERTY_EXISTENCE, EXISTENCE",
        "RELATIONSHIP_PROPERTY_EXISTENCE, EXISTENCE",
        "NODE_PROPERTY_TYPE, TYPE",
        "RELATIONSHIP_PROPERTY_TYPE, TYPE"
    })
    void everyConstraintTypeMapsToItsKind(String type, String kind) throws Exception {
        Schema schema = constraints(WHOLE, constraint(type, List.of("p"), null));
        assertThat(schema.inScope()).singleElement().satisfies(object -> {
            assertThat(object.kind()).isEqualTo(kind);
            assertThat(read(object)).isEqualTo(object);
        });
        assertThat(schema.warnings()).isEmpty();
        assertThat(schema.backupProblem()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NODE_LABEL_EXISTENCE",
                "RELATIONSHIP_SOURCE_LABEL",
                "RELATIONSHIP_TARGET_LABEL",
                "NODE_SOMETHING_NEW_KEY"
            })
    void constraintOfAnUnknownKindPreventsABackup(String type) {
        assertPrevented(constraints(WHOLE, constraint(type, null, "dependent")), "\"c\"", type, "GRAPH TYPE");
        assertPrevented(constraints(WHOLE, constraint(type, null, null)), "\"c\"", type, "GRAPH TYPE");
    }

    private static void assertPrevented(Schema schema, String... parts) {
        assertThat(schema.inScope()).isEmpty();
        assertThat(schema.backupProblem()).hasValueSatisfying(problem -> {
            assertThat(problem.kind()).isEqualTo(BackupException.Kind.INCOMPATIBLE);
            assertThat(problem.getMessage()).contains(parts).contains("NEO4J_BACKUP_MODE=admin");
        });
        assertThat(schema.restoreProblem()).hasValueSatisfying(problem -> {
            assertThat(problem.kind()).isEqualTo(BackupException.Kind.INCOMPATIBLE);
            assertThat(problem.getMessage()).contains(parts).contains("before the restore");
        });
    }

    @Test
    void constraintOfAGraphTypePreventsABackup() {
        assertPrevented(constraints(WHOLE, constraint("NODE_KEY", List.of("p"), "dependent")), "\"c\"", "NODE_KEY");
        for (String other : List.of("independent", "undesignated")) {
            Schema schema = constraints(WHOLE, constraint("NODE_KEY", List.of("p"), other));
            assertThat(schema.backupProblem()).isEmpty();
            assertThat(schema.inScope()).singleElement().matches(object -> !object.shared());
        }
    }

    @Test
    void indexOfAnUnknownKindPreventsABackup() {
        assertPrevented(indexes(index("QUANTUM", List.of("L"), List.of("p"), "ONLINE")), "\"i\"", "QUANTUM");
    }

    @Test
    void unknownKindsOutOfScopeDoNotMatter() {
        GraphScope other = new GraphScope("Other");
        Schema schema = constraints(other, constraint("NODE_LABEL_EXISTENCE", null, "dependent"));
        assertThat(schema.backupProblem()).isEmpty();
    }

    @Test
    void writerRefusesWhatTheReaderWouldRefuse() throws Exception {
        List<SchemaObject> refused = List.of(
                new SchemaObject(true, "c", "NEW", true, List.of("L"), List.of("p"), "", Map.of(), false, false),
                new SchemaObject(false, "i", "RANGE", true, List.of("L"), List.of(), "", Map.of(), false, false),
                new SchemaObject(false, "", "RANGE", true, List.of("L"), List.of("p"), "", Map.of(), false, false),
                new SchemaObject(true, "c", "TYPE", true, List.of("L"), List.of("p"), "x`", Map.of(), false, false));
        for (SchemaObject object : refused) {
            DumpWriter writer = new DumpWriter(OutputStream.nullOutputStream(), "5", WHOLE);
            assertThatThrownBy(() -> writer.schema(object)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"ONLINE, false", "POPULATING, false", "FAILED, true"})
    void stateOfAFailedIndexIsArchived(String state, boolean failed) throws Exception {
        Schema schema = indexes(index("RANGE", List.of("L"), List.of("p"), state));
        SchemaObject object = schema.inScope().get(0);
        assertThat(object.failed()).isEqualTo(failed);
        assertThat(read(object)).isEqualTo(object);
        assertThat(schema.warnings()).hasSize(failed ? 1 : 0);
    }

    @Test
    void createCommandOfAVectorIndexHasItsFilterProperties() throws Exception {
        SchemaObject object = indexes(index("VECTOR", List.of("B", "A"), List.of("embedding", "year", "r`s"), "ONLINE"))
                .inScope()
                .get(0);
        assertThat(object.createCommand(true))
                .isEqualTo("CYPHER 25 CREATE VECTOR INDEX `i` IF NOT EXISTS FOR (x:`A`|`B`) ON (x.`embedding`)"
                        + " WITH [x.`year`, x.`r``s`]");
        object = indexes(index("VECTOR", List.of("A"), List.of("embedding"), "ONLINE"))
                .inScope()
                .get(0);
        assertThat(object.createCommand(true))
                .isEqualTo("CREATE VECTOR INDEX `i` IF NOT EXISTS FOR (x:`A`) ON (x.`embedding`)");
    }

    /** What Neo4j 2026.08.1 shows for {@code vector.quantization.enabled: true} and {@code false}, and what 5.26 shows. */
    @ParameterizedTest
    @CsvSource({
        "BINARY, 3.0, {vector.quantization.enabled=true}, false",
        "NONE, 1.0, {vector.quantization.enabled=false}, false",
        "SCALAR, 1.5, {vector.quantization.type=SCALAR}, true",
        "BINARY, 2.5, '{vector.quantization.type=BINARY, vector.default_search_expansion_factor=2.5}', true",
        "NEW, 3.0, '{vector.quantization.type=NEW, vector.default_search_expansion_factor=3.0}', true"
    })
    void configurationOfAVectorIndexHasTheWordsOfTheOldestRelease(
            String type, double expansion, String expected, boolean needsThisRelease) throws Exception {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("vector.quantization.type", type);
        shown.put("vector.default_search_expansion_factor", expansion);
        Map<String, Object> config = IndexConfig.of(shown);
        assertThat(config).hasToString(expected);
        SchemaObject index =
                new SchemaObject(false, "v", "VECTOR", true, List.of("L"), List.of("p"), "", config, false, false);
        assertThat(index.since(new ServerVersion("2026.08.1", "community")))
                .isEqualTo(needsThisRelease ? Optional.of(new ProductVersion(2026, 8)) : Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "STRING, CREATE, ''",
        "VECTOR<FLOAT32 NOT NULL>(3), CYPHER 25 CREATE, 2025.10",
        "LIST<UUID NOT NULL>, CYPHER 25 CREATE, 2026.08"
    })
    void constraintOfANewerPropertyTypeNeedsANewerRelease(String type, String start, String since) throws Exception {
        SchemaObject object =
                new SchemaObject(true, "c", "TYPE", true, List.of("L"), List.of("p"), type, Map.of(), false, false);
        assertThat(object.createCommand(true)).startsWith(start).endsWith("IS :: " + type);
        assertThat(read(object)).isEqualTo(object);
        Requirements requirements = new Requirements();
        requirements.add(object, ServerVersion.UNKNOWN);
        assertThat(requirements.scope().getOrDefault("schema_since", "")).isEqualTo(since);
    }

    private static SchemaObject read(SchemaObject object) throws Exception {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            object.write(json);
        }
        try (JsonParser json = new JsonFactory().createParser(text.toString())) {
            json.nextToken();
            json.nextToken();
            String what = json.currentName();
            json.nextToken();
            return SchemaObject.read(json, what.equals("constraint"), json.getText());
        }
    }
}
