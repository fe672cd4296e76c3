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

    private final Connection connection;
    private final Scope scope;
    private final List<SchemaObject> all = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private Schema(Connection connection, Scope scope) {
        this.connection = connection;
        this.scope = scope;
    }

    static Schema read(Connection connection, Scope scope) throws IOException {
        Schema schema = new Schema(connection, scope);
        for (Record row : connection.rows(
                "SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties, propertyType")) {
            schema.add(object(row, true, row.get("propertyType").asString("")));
        }
        for (Record row : connection.rows("SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties,"
                + " options, owningConstraint")) {
            schema.names.add(row.get("name").asString());
            if (row.get("owningConstraint").isNull()
                    && !row.get("type").asString().equals("LOOKUP")) {
                schema.add(object(row, false, ""));
            }
        }
        return schema;
    }

    private static SchemaObject object(Record row, boolean constraint, String propertyType) {
        String type = row.get("type").asString();
        return new SchemaObject(
                constraint,
                row.get("name").asString(),
                constraint ? kind(type) : type,
                row.get("entityType").asString().equals("NODE"),
                texts(row.get("labelsOrTypes")),
                texts(row.get("properties")),
                propertyType,
                constraint ? Map.of() : row.get("options").get("indexConfig").asMap(),
                false);
    }

    /** Releases name kinds differently: {@code RELATIONSHIP_UNIQUENESS}, {@code NODE_PROPERTY_UNIQUENESS}. */
    private static String kind(String type) {
        for (String kind : List.of("UNIQUENESS", "KEY", "EXISTENCE", "TYPE")) {
            if (type.endsWith(kind)) {
                return kind;
            }
        }
        throw new BackupException(
                Kind.INCOMPATIBLE,
                "The database has a constraint of a kind that this version of ngbak does not know (" + Texts.shown(type)
                        + ")",
                "Use a newer version of ngbak, or drop the constraint");
    }

    private static List<String> texts(Value value) {
        return value.isNull() ? List.of() : value.asList(Value::asString);
    }

    private void add(SchemaObject object) {
        names.add(object.name());
        all.add(object);
    }

    /**
     * What belongs to the scope. Of a label: what is for nodes of that label. What is for other labels too, and what is
     * for a type of relationship, which others may have as well, is shared.
     */
    List<SchemaObject> inScope() throws IOException {
        if (scope.isWhole()) {
            return all;
        }
        Set<String> types = all.stream().allMatch(SchemaObject::ofNodes) ? Set.of() : types();
        List<SchemaObject> found = new ArrayList<>();
        for (SchemaObject object : all) {
            boolean touches = object.ofNodes()
                    ? object.tokens().contains(scope.namespace())
                    : !Collections.disjoint(object.tokens(), types);
            if (touches) {
                found.add(object.ofNodes() && object.tokens().size() == 1 ? object : shared(object));
            }
        }
        return found;
    }

    private Set<String> types() throws IOException {
        return connection.rows(scope.relationships() + " RETURN DISTINCT type(r)").stream()
                .map(row -> row.get(0).asString())
                .collect(Collectors.toSet());
    }

    private static SchemaObject shared(SchemaObject object) {
        return new SchemaObject(
                object.constraint(),
                object.name(),
                object.kind(),
                object.ofNodes(),
                object.tokens(),
                object.properties(),
                object.propertyType(),
                object.config(),
                true);
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
                        "dropping the " + object.shown() + " \"" + Texts.shown(object.name()) + "\"",
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
        awaitIndexes(shapes(wanted));
    }

    private void create(SchemaObject object, GraphTally tally) throws IOException {
        String doing = "creating the " + object.shown() + " \"" + Texts.shown(object.name()) + "\"";
        try {
            connection.command(doing, object.create(names.add(object.name())), Map.of("config", object.config()));
        } catch (BackupException e) {
            if (!object.shared() || e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            tally.warn("The " + object.shown() + " \"" + Texts.shown(object.name())
                    + "\", which is for data out of scope too, could not be created: " + e.problem() + ".");
        }
    }

    private static Set<String> shapes(List<SchemaObject> objects) {
        return objects.stream().map(SchemaObject::shape).collect(Collectors.toSet());
    }

    private void awaitIndexes(Set<String> wanted) throws IOException {
        boolean populating = true;
        while (populating) {
            populating = false;
            for (Record row : connection.rows(
                    "SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties,"
                            + " options, state, failureMessage, owningConstraint WHERE state <> 'ONLINE' AND type <> 'LOOKUP'")) {
                populating |= row.get("state").asString().equals("POPULATING");
                SchemaObject object = object(row, false, "");
                if (row.get("state").asString().equals("FAILED") && wanted.contains(object.shape())) {
                    throw new BackupException(
                            Kind.INCOMPATIBLE,
                            "The " + object.shown() + " \"" + Texts.shown(object.name()) + "\" could not be built: "
                                    + Texts.shown(row.get("failureMessage").asString("")),
                            "Look into the log of Neo4j, and run the restore again");
                }
            }
            if (populating) {
                pause();
            }
        }
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
