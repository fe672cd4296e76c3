package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;

/**
 * The constraints and indexes of a database, except token lookup indexes, which every database has, and indexes that belong
 * to a constraint.
 */
final class Schema {

    /** The kinds of constraints by the names that releases of Neo4j give them. An archive cannot contain any other kind. */
    private static final Map<String, String> KINDS = Map.of(
            "UNIQUENESS", "UNIQUENESS",
            "NODE_PROPERTY_UNIQUENESS", "UNIQUENESS",
            "RELATIONSHIP_UNIQUENESS", "UNIQUENESS",
            "RELATIONSHIP_PROPERTY_UNIQUENESS", "UNIQUENESS",
            "NODE_KEY", "KEY",
            "RELATIONSHIP_KEY", "KEY",
            "NODE_PROPERTY_EXISTENCE", "EXISTENCE",
            "RELATIONSHIP_PROPERTY_EXISTENCE", "EXISTENCE",
            "NODE_PROPERTY_TYPE", "TYPE",
            "RELATIONSHIP_PROPERTY_TYPE", "TYPE");

    private final Neo4jConnection connection;
    private final GraphScope scope;
    private final List<SchemaObject> supported = new ArrayList<>();
    private final List<SchemaObject> unsupported = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private Schema(Neo4jConnection connection, GraphScope scope) {
        this.connection = connection;
        this.scope = scope;
    }

    static Schema read(Neo4jConnection connection, GraphScope scope) {
        return of(
                connection,
                scope,
                connection.rows("SHOW CONSTRAINTS YIELD *"),
                connection.rows("SHOW INDEXES YIELD *"));
    }

    /** Parses the rows of SHOW CONSTRAINTS and SHOW INDEXES, with all columns that the release of the server has. */
    static Schema of(Neo4jConnection connection, GraphScope scope, List<Record> constraints, List<Record> indexes) {
        Schema schema = new Schema(connection, scope);
        constraints.forEach(row -> schema.add(constraint(row)));
        for (Record row : indexes) {
            schema.names.add(row.get("name").asString());
            if (row.get("owningConstraint").isNull()
                    && !row.get("type").asString().equals("LOOKUP")) {
                schema.add(index(row));
            }
        }
        return schema;
    }

    private static SchemaObject constraint(Record row) {
        String type = row.get("type").asString();
        // CREATE CONSTRAINT cannot create a dependent constraint, and DROP CONSTRAINT cannot drop it.
        boolean ofGraphType = row.get("classification").asString("").equals("dependent");
        return new SchemaObject(
                true,
                row.get("name").asString(),
                ofGraphType ? type + " OF A GRAPH TYPE" : KINDS.getOrDefault(type, type),
                row.get("entityType").asString().equals("NODE"),
                texts(row.get("labelsOrTypes")),
                texts(row.get("properties")),
                row.get("propertyType").asString(""),
                Map.of(),
                false,
                false);
    }

    static SchemaObject index(Record row) {
        Value config = row.get("options").get("indexConfig");
        return new SchemaObject(
                false,
                row.get("name").asString(),
                row.get("type").asString(),
                row.get("entityType").asString().equals("NODE"),
                texts(row.get("labelsOrTypes")),
                texts(row.get("properties")),
                "",
                config.isNull() ? Map.of() : IndexConfig.of(config.asMap()),
                false,
                row.get("state").asString("").equals("FAILED"));
    }

    private static List<String> texts(Value value) {
        return value.isNull() ? List.of() : value.asList(Value::asString);
    }

    private void add(SchemaObject object) {
        names.add(object.name());
        (object.isSupported() ? supported : unsupported).add(object);
    }

    /** Returns all constraints and indexes that an archive can contain, in scope or not. */
    List<SchemaObject> all() {
        return supported;
    }

    /** Returns the names of all constraints and indexes. */
    Set<String> names() {
        return names;
    }

    /**
     * Returns the constraints and indexes in scope. If the scope is a label, these are the ones for nodes with that
     * label. A constraint or index that also applies to other labels, or to a type of relationships that may also lead
     * between nodes out of scope, is shared.
     */
    List<SchemaObject> inScope() {
        return inScope(supported);
    }

    private List<SchemaObject> inScope(List<SchemaObject> objects) {
        if (scope.isWholeDatabase()) {
            return objects;
        }
        Set<String> types = objects.stream().allMatch(SchemaObject::ofNodes) ? Set.of() : relationshipTypes();
        List<SchemaObject> found = new ArrayList<>();
        for (SchemaObject object : objects) {
            boolean inScope = object.ofNodes()
                    ? object.tokens().contains(scope.namespace())
                    : !Collections.disjoint(object.tokens(), types);
            if (inScope) {
                found.add(object.ofNodes() && object.tokens().size() == 1 ? object : object.asShared());
            }
        }
        return found;
    }

    /** Returns why a backup cannot contain the schema in scope, or empty if it can. */
    Optional<BackupException> backupProblem() {
        return problem(
                "A backup would lose it",
                "Use " + Neo4jSettings.MODE.name() + "=admin with " + Neo4jSettings.NAMESPACE.name()
                        + "=*, which keeps every kind of schema. Or note",
                "the backup");
    }

    /** Returns why a restore cannot replace the schema in scope, or empty if it can. */
    Optional<BackupException> restoreProblem() {
        return problem("A rollback could not bring it back", "Note", "the restore");
    }

    private Optional<BackupException> problem(String effect, String remedy, String action) {
        List<SchemaObject> found = inScope(unsupported);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        String names = found.stream()
                .map(object -> (object.constraint() ? "the constraint " : "the index ") + SafeText.quoted(object.name())
                        + " of the type " + SafeText.forMessage(object.kind()))
                .collect(Collectors.joining(", "));
        String command = found.stream().anyMatch(SchemaObject::constraint)
                ? "SHOW CURRENT GRAPH TYPE"
                : "SHOW INDEXES YIELD name, createStatement";
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The schema in scope contains " + names + ", which this version of ngbak could not create again. "
                        + effect,
                remedy + " the definition (" + command + "), drop it before " + action
                        + " and create it again afterwards"));
    }

    /** Returns warnings about indexes in scope that failed. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        for (SchemaObject object : inScope()) {
            if (object.failed()) {
                warnings.add("The " + object.displayName()
                        + " is in the state FAILED, so Neo4j does not use it. The backup contains its definition, and a"
                        + " restore tries to build it again.");
            }
        }
        return warnings;
    }

    private Set<String> relationshipTypes() {
        return connection.rows(scope.relationships() + " RETURN DISTINCT type(r)").stream()
                .map(row -> row.get(0).asString())
                .collect(Collectors.toSet());
    }
}
