package dev.ngbak.neo4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Config;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Logging;
import org.neo4j.driver.NotificationConfig;
import org.neo4j.driver.Record;
import org.neo4j.driver.Session;
import org.neo4j.driver.SessionConfig;
import org.neo4j.driver.exceptions.Neo4jException;

/** Reads and writes a real server without the plugin's code. The server may be stopped and started meanwhile. */
final class DatabaseClient implements AutoCloseable {

    private final Driver driver;

    DatabaseClient(String url, String username, String password) {
        driver = GraphDatabase.driver(
                url,
                AuthTokens.basic(username, password),
                Config.builder()
                        .withLogging(Logging.none())
                        .withConnectionLivenessCheckTimeout(0, TimeUnit.SECONDS)
                        .withNotificationConfig(NotificationConfig.disableAllConfig())
                        .build());
    }

    /** Waits until the server answers. */
    DatabaseClient awaitReady() throws InterruptedException {
        for (int tries = 0; ; tries++) {
            try {
                run("RETURN 1");
                return this;
            } catch (Neo4jException e) {
                if (tries > 3_000) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    List<Record> run(String cypher, Object... parameters) {
        Map<String, Object> named = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            named.put((String) parameters[i], parameters[i + 1]);
        }
        try (Session session = driver.session()) {
            return session.run(cypher, named).list();
        }
    }

    /** Reads and discards all rows, and returns their number. */
    long scan(String cypher) {
        try (Session session =
                driver.session(SessionConfig.builder().withFetchSize(10_000).build())) {
            long rows = 0;
            for (var result = session.run(cypher); result.hasNext(); rows++) {
                result.next().asMap();
            }
            return rows;
        }
    }

    long number(String cypher) {
        return run(cypher).get(0).get(0).asLong();
    }

    /** Deletes all data and schema. */
    void wipe() {
        for (Record row : run("SHOW CONSTRAINTS YIELD name")) {
            run("DROP CONSTRAINT " + name(row));
        }
        for (Record row : run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'")) {
            run("DROP INDEX " + name(row));
        }
        while (number("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*)") > 0) {
            // until the database is empty
        }
    }

    private static String name(Record row) {
        return Cypher.quote(row.get("name").asString());
    }

    /** Returns all nodes and relationships that match a condition on {@code n}, without the ids that the server assigns. */
    List<String> contents(String condition) {
        List<String> contents = new ArrayList<>();
        for (Record row : run("MATCH (n) WHERE " + condition + " RETURN labels(n), properties(n)")) {
            contents.add(text(row.get(0).asList().stream().sorted().toList())
                    + text(row.get(1).asMap()));
        }
        for (Record row : run("MATCH (n)-[r]->(m) WHERE " + condition
                + " RETURN type(r), properties(r), labels(n), properties(n), labels(m), properties(m)")) {
            contents.add(text(row.get(0).asObject())
                    + text(row.get(1).asMap())
                    + text(row.get(2).asList().stream().sorted().toList())
                    + text(row.get(3).asMap())
                    + text(row.get(4).asList().stream().sorted().toList())
                    + text(row.get(5).asMap()));
        }
        contents.sort(null);
        return contents;
    }

    /** Returns constraints and indexes without their names, except the indexes that every database has. */
    List<String> schema() {
        List<String> schema = new ArrayList<>();
        for (Record row : run("SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties")) {
            schema.add(text(sorted(row)));
        }
        for (Record row :
                run("SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, options, owningConstraint"
                        + " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL")) {
            schema.add(text(sorted(row)));
        }
        schema.sort(null);
        return schema;
    }

    /** Sorts labels and types, because their order has no meaning. */
    private static Map<String, Object> sorted(Record row) {
        Map<String, Object> map = new HashMap<>(row.asMap());
        map.put(
                "labelsOrTypes",
                row.get("labelsOrTypes").asList().stream().sorted().toList());
        return map;
    }

    /** Returns a value as text, with the Java type of each part. */
    static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringBuilder text = new StringBuilder("{");
            new TreeMap<>(map)
                    .forEach((key, element) ->
                            text.append(key).append('=').append(text(element)).append(' '));
            return text.append('}').toString();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(DatabaseClient::text).toList().toString();
        }
        if (value instanceof byte[] bytes) {
            return "bytes" + Arrays.toString(bytes);
        }
        return value == null ? "null" : value.getClass().getSimpleName() + ":" + value;
    }

    @Override
    public void close() {
        driver.close();
    }
}
