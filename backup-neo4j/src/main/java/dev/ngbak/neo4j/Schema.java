package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;

/**
 * The constraints and indexes of a database, as it tells them. Token lookup indexes, which every database has, and the
 * indexes that constraints make for themselves are not among them.
 */
final class Schema {

    private static final long POLL_MILLISECONDS = 200;

    /** Releases name kinds of constraints differently. Any other name is of a kind that an archive cannot hold. */
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

    private final Connection connection;
    private final Scope scope;
    private final List<SchemaObject> all = new ArrayList<>();
    private final List<SchemaObject> notCarried = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private Schema(Connection connection, Scope scope) {
        this.connection = connection;
        this.scope = scope;
    }

    static Schema read(Connection connection, Scope scope) throws IOException {
        return of(
                connection,
                scope,
                connection.rows("SHOW CONSTRAINTS YIELD *"),
                connection.rows("SHOW INDEXES YIELD *"));
    }

    /** Takes the rows in which the server shows its constraints and indexes, with all columns that its release has. */
    static Schema of(Connection connection, Scope scope, List<Record> constraints, List<Record> indexes) {
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
        // A graph type owns such a constraint: DROP CONSTRAINT cannot drop it.
        boolean dependent = row.get("classification").asString("").equals("dependent");
        return new SchemaObject(
                true,
                row.get("name").asString(),
                KINDS.getOrDefault(type, type),
                row.get("entityType").asString().equals("NODE"),
                texts(row.get("labelsOrTypes")),
                texts(row.get("properties")),
                row.get("propertyType").asString(""),
                Map.of(),
                dependent,
                false);
    }

    private static SchemaObject index(Record row) {
        Value config = row.get("options").get("indexConfig");
        return new SchemaObject(
                false,
                row.get("name").asString(),
                row.get("type").asString(),
                row.get("entityType").asString().equals("NODE"),
                texts(row.get("labelsOrTypes")),
                texts(row.get("properties")),
                "",
                config.isNull() ? Map.of() : config.asMap(),
                false,
                isIn(row, "FAILED"));
    }

    private static boolean isIn(Record row, String state) {
        return row.get("state").asString("").equals(state);
    }

    private static List<String> texts(Value value) {
        return value.isNull() ? List.of() : value.asList(Value::asString);
    }

    private void add(SchemaObject object) {
        names.add(object.name());
        (object.isCarried() ? all : notCarried).add(object);
    }

    /**
     * What belongs to the scope. Of a label: what is for nodes of that label. What is for other labels too, and what is
     * for a type of relationship, which others may have as well, is shared.
     */
    List<SchemaObject> inScope() throws IOException {
        return inScope(all);
    }

    private List<SchemaObject> inScope(List<SchemaObject> objects) throws IOException {
        if (scope.isWhole()) {
            return objects;
        }
        Set<String> types = objects.stream().allMatch(SchemaObject::ofNodes) ? Set.of() : types();
        List<SchemaObject> found = new ArrayList<>();
        for (SchemaObject object : objects) {
            boolean touches = object.ofNodes()
                    ? object.tokens().contains(scope.namespace())
                    : !Collections.disjoint(object.tokens(), types);
            if (touches) {
                found.add(object.ofNodes() && object.tokens().size() == 1 ? object : object.asShared());
            }
        }
        return found;
    }

    /** Says what of the schema in scope a backup lacks, or has in a state that an operator should know. */
    List<String> warnings() throws IOException {
        List<String> warnings = new ArrayList<>();
        for (SchemaObject object : inScope(notCarried)) {
            warnings.add("The " + (object.constraint() ? "constraint" : "index") + " \"" + Texts.shown(object.name())
                    + "\" is of the kind " + Texts.shown(object.kind())
                    + ", which this version of ngbak cannot carry. It is not in the backup. A restore leaves it alone where"
                    + " it exists, and cannot bring it back where it does not: keep its definition ("
                    + (object.constraint() ? "SHOW CURRENT GRAPH TYPE" : "SHOW INDEXES YIELD name, createStatement")
                    + ").");
        }
        for (SchemaObject object : inScope()) {
            if (object.failed()) {
                warnings.add(
                        "The " + named(object) + " is in the state FAILED, so Neo4j does not use it. The backup has"
                                + " its definition, and a restore tries to build it again.");
            }
        }
        return warnings;
    }

    private static String named(SchemaObject object) {
        return object.shown() + " \"" + Texts.shown(object.name()) + "\"";
    }

    private Set<String> types() throws IOException {
        return connection.rows(scope.relationships() + " RETURN DISTINCT type(r)").stream()
                .map(row -> row.get(0).asString())
                .collect(Collectors.toSet());
    }

    /** The kinds of constraints in scope that Community cannot hold, for people; empty where there are none. */
    String needingEnterprise() throws IOException {
        return needingEnterprise(inScope());
    }

    static String needingEnterprise(List<SchemaObject> objects) {
        return objects.stream()
                .filter(SchemaObject::needsEnterprise)
                .map(SchemaObject::shown)
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.joining(", "));
    }

    /** Drops what is the scope's own, wanted or not: to delete and to load cost a fifth more with indexes to be kept up. */
    void drop() throws IOException {
        for (SchemaObject object : inScope()) {
            if (!object.shared()) {
                connection.command(
                        "dropping the " + named(object),
                        "DROP " + (object.constraint() ? "CONSTRAINT " : "INDEX ") + Scope.quoted(object.name())
                                + " IF EXISTS",
                        Map.of());
            }
        }
    }

    /** Creates what is wanted and not there, each under its own name where that is free, and waits for the indexes. */
    void create(List<SchemaObject> wanted, GraphTally tally) throws IOException {
        Set<String> shapes = shapes(all);
        for (boolean constraint : new boolean[] {true, false}) {
            for (SchemaObject object : wanted) {
                if (object.constraint() == constraint && !shapes.contains(object.shape())) {
                    create(object, tally);
                }
            }
        }
        awaitIndexes(wanted, tally);
    }

    private void create(SchemaObject object, GraphTally tally) throws IOException {
        String doing = "creating the " + named(object);
        try {
            connection.command(doing, object.create(names.add(object.name())), Map.of("config", object.config()));
        } catch (BackupException e) {
            if (!object.shared() || e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            tally.warn("The " + named(object) + ", which is for data out of scope too, could not be created: "
                    + e.problem() + ".");
        }
    }

    private static Set<String> shapes(List<SchemaObject> objects) {
        return objects.stream().map(SchemaObject::shape).collect(Collectors.toSet());
    }

    /**
     * Waits until the server has built the wanted indexes or has given them up. An index only makes queries faster, and one
     * that cannot be built stays in the state FAILED, as it may have been at the backup: that is a warning. A constraint
     * has no such state. Without it the data would lose a guarantee, so one that cannot be created fails the restore.
     */
    private void awaitIndexes(List<SchemaObject> wanted, GraphTally tally) throws IOException {
        Set<String> shapes = shapes(wanted);
        List<Record> unfinished = unfinished(shapes);
        while (unfinished.stream().anyMatch(row -> isIn(row, "POPULATING"))) {
            pause();
            unfinished = unfinished(shapes);
        }
        for (Record row : unfinished) {
            tally.warn("The " + named(index(row)) + " could not be built, so Neo4j does not use it: "
                    + Texts.shown(row.get("failureMessage").asString("it does not say why"))
                    + ". All data was restored. To have the index, remove the values that it cannot hold, drop it and"
                    + " create it again.");
        }
    }

    private List<Record> unfinished(Set<String> shapes) throws IOException {
        return connection.rows("SHOW INDEXES YIELD * WHERE state <> 'ONLINE' AND type <> 'LOOKUP'").stream()
                .filter(row -> shapes.contains(index(row).shape()))
                .toList();
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("interrupted while Neo4j built its indexes");
        }
    }
}
