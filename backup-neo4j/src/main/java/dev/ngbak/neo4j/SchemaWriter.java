package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.neo4j.driver.Record;

/** Replaces the constraints and indexes in scope with those of an archive. */
final class SchemaWriter {

    private static final long POLL_MILLIS = 200;

    private final Neo4jConnection connection;
    private final GraphScope scope;
    private final Consumer<String> warnings;

    SchemaWriter(Neo4jConnection connection, GraphScope scope, Consumer<String> warnings) {
        this.connection = connection;
        this.scope = scope;
        this.warnings = warnings;
    }

    /** Throws if the server does not support the schema. Call it before anything is changed. */
    void checkSupported(List<SchemaObject> archived) {
        Requirements requirements = new Requirements();
        archived.forEach(object -> requirements.add(object, connection.server()));
        Requirements.problems(requirements.scope(), connection.server(), "").stream()
                .findFirst()
                .ifPresent(problem -> {
                    throw problem.withEffect(Effect.NOTHING_CHANGED);
                });
    }

    /**
     * Drops everything in scope that is not shared. Call it before the data is deleted: with indexes, deleting and
     * loading take a fifth longer.
     */
    void drop() {
        for (SchemaObject object : Schema.read(connection, scope).inScope()) {
            if (!object.shared()) {
                connection.command(
                        "dropping the " + object.displayName(),
                        "DROP " + (object.constraint() ? "CONSTRAINT " : "INDEX ") + Cypher.quote(object.name())
                                + " IF EXISTS",
                        Map.of());
            }
        }
    }

    /** Creates the objects that do not exist, under their own names if these are free, and waits for the indexes. */
    void create(List<SchemaObject> archived) {
        Schema present = Schema.read(connection, scope);
        Set<String> shapes = shapes(present.all());
        Set<String> names = new HashSet<>(present.names());
        for (boolean constraint : new boolean[] {true, false}) {
            for (SchemaObject object : archived) {
                if (object.constraint() == constraint && !shapes.contains(object.shape())) {
                    create(object, names.add(object.name()));
                }
            }
        }
        awaitIndexes(archived);
    }

    private void create(SchemaObject object, boolean named) {
        try {
            connection.command(
                    "creating the " + object.displayName(),
                    object.createCommand(named),
                    Map.of("config", object.config()));
        } catch (BackupException e) {
            if (!object.shared() || e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            warnings.accept("The " + object.displayName()
                    + ", which also applies to data out of scope, could not be created: " + e.problem() + ".");
        }
    }

    private static Set<String> shapes(List<SchemaObject> objects) {
        return objects.stream().map(SchemaObject::shape).collect(Collectors.toSet());
    }

    /**
     * Waits until the server has built the archived indexes or given up. An index that cannot be built only causes a
     * warning, because an index only makes queries faster, and this one may already have been in the state FAILED when
     * the backup was made. A constraint that cannot be created fails the restore, because the data would lose a
     * guarantee.
     */
    private void awaitIndexes(List<SchemaObject> archived) {
        Set<String> shapes = shapes(archived);
        List<Record> unfinished = unfinished(shapes);
        while (unfinished.stream().anyMatch(row -> row.get("state").asString("").equals("POPULATING"))) {
            pause();
            unfinished = unfinished(shapes);
        }
        for (Record row : unfinished) {
            warnings.accept("The " + Schema.index(row).displayName() + " could not be built, so Neo4j does not use it: "
                    + SafeText.forMessage(row.get("failureMessage").asString("no reason given"))
                    + ". All data was restored. To have the index, remove the values that it cannot contain, drop it and"
                    + " create it again.");
        }
    }

    private List<Record> unfinished(Set<String> shapes) {
        return connection.rows("SHOW INDEXES YIELD * WHERE state <> 'ONLINE' AND type <> 'LOOKUP'").stream()
                .filter(row -> shapes.contains(Schema.index(row).shape()))
                .toList();
    }

    private void pause() {
        connection.checkAborted();
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while Neo4j built its indexes");
        }
    }
}
