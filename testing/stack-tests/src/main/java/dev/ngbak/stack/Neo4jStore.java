package dev.ngbak.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Config;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Logging;
import org.neo4j.driver.NotificationConfig;
import org.neo4j.driver.Record;
import org.neo4j.driver.Result;
import org.neo4j.driver.Session;
import org.neo4j.driver.SessionConfig;
import org.neo4j.driver.TransactionContext;
import org.neo4j.driver.Value;

/** The graph in Neo4j. */
public final class Graph implements Store {

    /** What the label is called when no variable names it. */
    public static final String LABEL = "GraphRAG_chunk_entity_relation";

    private static final String OURS = "n:" + LABEL;
    private static final int BATCH = 2_000;

    private final Driver driver;

    public Graph(String url, String username, String password) {
        this.driver = GraphDatabase.driver(
                url,
                AuthTokens.basic(username, password),
                Config.builder()
                        .withLogging(Logging.none())
                        .withNotificationConfig(NotificationConfig.disableAllConfig())
                        .build());
    }

    /** Runs a statement, parameters by name and value, and gives all its rows. */
    public List<Record> run(String cypher, Object... parameters) {
        Map<String, Object> named = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            named.put((String) parameters[i], parameters[i + 1]);
        }
        try (Session session = driver.session()) {
            return session.run(cypher, named).list();
        }
    }

    @Override
    public void fill(Dataset data, long now) {
        int entities = data.size().entities();
        long[] nodes = new long[entities];
        long[] twins = new long[entities];
        Arrays.fill(twins, -1);
        try (Session session = driver.session()) {
            for (int start = 0; start < entities; start += BATCH) {
                int from = start;
                int to = Math.min(entities, start + BATCH);
                session.executeWriteWithoutResult(transaction -> {
                    createNodes(transaction, data, from, to, false, nodes);
                    createNodes(transaction, data, from, to, true, twins);
                });
            }
            int relationships = data.size().relationships();
            for (int start = 0; start < relationships; start += BATCH) {
                int from = start;
                int to = Math.min(relationships, start + BATCH);
                session.executeWriteWithoutResult(
                        transaction -> createRelationships(transaction, data, from, to, nodes, twins));
            }
            if (data.variant() == Variant.CLEAN) {
                session.run("CREATE CONSTRAINT FOR (" + OURS + ") REQUIRE n.id IS UNIQUE")
                        .consume();
                for (String property : List.of("entity_type", "communityIds", "source_id")) {
                    session.run("CREATE INDEX FOR (" + OURS + ") ON (n." + property + ")")
                            .consume();
                }
                session.run("CALL db.awaitIndexes(600)").consume();
            }
        }
    }

    private static void createNodes(
            TransactionContext transaction, Dataset data, int from, int to, boolean twins, long[] ids) {
        Map<String, List<Map<String, Object>>> byLabel = new LinkedHashMap<>();
        for (int e = from; e < to; e++) {
            if (!twins || data.hasTwin(e)) {
                Map<String, Object> properties = twins ? data.twin(e) : data.entity(e);
                byLabel.computeIfAbsent(
                                Dataset.typeLabel((String) properties.get("entity_type")), any -> new ArrayList<>())
                        .add(Map.of("e", e, "properties", properties));
            }
        }
        byLabel.forEach((label, rows) -> {
            Result created = transaction.run(
                    "UNWIND $rows AS row CREATE (n:" + LABEL + ":`" + label
                            + "`) SET n = row.properties RETURN row.e, id(n)",
                    Map.of("rows", rows));
            created.forEachRemaining(row -> ids[row.get(0).asInt()] = row.get(1).asLong());
        });
    }

    /** As a MERGE that finds the ends by their ids: from each node with the one id to each with the other. */
    private static void createRelationships(
            TransactionContext transaction, Dataset data, int from, int to, long[] nodes, long[] twins) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int r = from; r < to; r++) {
            int[] ends = data.ends(r);
            Map<String, Object> properties = data.relationship(r);
            for (long a : new long[] {nodes[ends[0]], twins[ends[0]]}) {
                for (long b : new long[] {nodes[ends[1]], twins[ends[1]]}) {
                    if (a >= 0 && b >= 0) {
                        rows.add(Map.of("a", a, "b", b, "properties", properties));
                    }
                }
            }
        }
        transaction
                .run(
                        "UNWIND $rows AS row MATCH (a) WHERE id(a) = row.a MATCH (b) WHERE id(b) = row.b"
                                + " CREATE (a)-[r:RELATED]->(b) SET r = row.properties",
                        Map.of("rows", rows))
                .consume();
    }

    @Override
    public void fillForeign() {
        run("CREATE CONSTRAINT FOR (n:Invoice) REQUIRE n.number IS UNIQUE");
        run("CREATE INDEX FOR (n:Customer) ON (n.name)");
        run("CREATE FULLTEXT INDEX FOR ()-[r:PAID_BY|RELATED]-() ON EACH [r.remark]");
        run(
                "UNWIND range(1, 50) AS i CREATE (n:Invoice {number: i, id: 'ALICE', due: date('2026-01-01') + duration({days: i})})"
                        + "-[:PAID_BY {remark: 'no ' + i, weight: 1.0}]->(:Customer {name: 'customer ' + i % 7})");
        // A relationship of the type that the system uses too.
        run(
                "MATCH (a:Customer {name: 'customer 1'}), (b:Customer {name: 'customer 2'}) CREATE (a)-[:RELATED {remark: 'kin'}]->(b)");
    }

    @Override
    public void wipe() {
        String label = "'" + LABEL + "'";
        dropSchema("SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE " + label + " IN labelsOrTypes", "CONSTRAINT");
        dropSchema(
                "SHOW INDEXES YIELD name, type, labelsOrTypes, owningConstraint WHERE type <> 'LOOKUP' AND " + label
                        + " IN labelsOrTypes",
                "INDEX");
        delete(OURS);
    }

    @Override
    public void clear() {
        dropSchema("SHOW CONSTRAINTS YIELD name", "CONSTRAINT");
        dropSchema("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'", "INDEX");
        delete("n");
    }

    private void dropSchema(String query, String kind) {
        for (Record row : run(query)) {
            run("DROP " + kind + " `" + row.get("name").asString().replace("`", "``") + "`");
        }
    }

    private void delete(String pattern) {
        // By relationships first: a hub with all of its own may not fit into one transaction.
        String relationship = "MATCH (" + pattern + ")-[r]-() WITH r LIMIT 20000 DELETE r RETURN count(*)";
        String node = "MATCH (" + pattern + ") WITH n LIMIT 5000 DELETE n RETURN count(*)";
        for (String cypher : List.of(relationship, node)) {
            while (run(cypher).get(0).get(0).asLong() > 0) {
                // until there is none
            }
        }
    }

    @Override
    public String picture() {
        return picture(OURS, "'" + LABEL + "' IN labelsOrTypes");
    }

    @Override
    public String foreignPicture() {
        return picture("n WHERE NOT " + OURS, "NOT '" + LABEL + "' IN labelsOrTypes");
    }

    /** Nodes and relationships without their internal ids, and schema without names. */
    private String picture(String condition, String schemaCondition) {
        Picture picture = new Picture();
        Map<Long, String> nodes = new HashMap<>();
        String match = condition.contains(" WHERE ")
                ? "MATCH (n) WHERE " + condition.substring(condition.indexOf(" WHERE ") + 7)
                : "MATCH (" + condition + ")";
        try (Session session = driver.session()) {
            session.run(match + " RETURN id(n), labels(n), properties(n)").forEachRemaining(row -> {
                String text =
                        labels(row.get(1).asList()) + Picture.text(row.get(2).asMap());
                picture.add(text);
                nodes.put(row.get(0).asLong(), Picture.hash(text));
            });
            session.run(match + " MATCH (n)-[r]->(m) RETURN id(n), id(m), type(r), properties(r)")
                    .forEachRemaining(row -> {
                        String to = nodes.get(row.get(1).asLong());
                        if (to != null) {
                            picture.add(nodes.get(row.get(0).asLong())
                                    + to
                                    + row.get(2).asString()
                                    + Picture.text(row.get(3).asMap()));
                        }
                    });
        }
        for (Record row : run("SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties WHERE "
                + schemaCondition + " RETURN type, entityType, labelsOrTypes, properties")) {
            picture.add(row.get("type").asString()
                    + labels(row.get("labelsOrTypes").asList())
                    + row.get("entityType")
                    + row.get("properties"));
        }
        for (Record row :
                run("SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, options, owningConstraint"
                        + " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL AND " + schemaCondition
                        + " RETURN type, entityType, labelsOrTypes, properties, options")) {
            picture.add(row.get("type").asString()
                    + labels(row.get("labelsOrTypes").asList())
                    + row.get("entityType")
                    + row.get("properties")
                    + Picture.text(row.get("options").asMap()));
        }
        return picture.toString();
    }

    private static String labels(List<Object> labels) {
        return labels.stream().map(String::valueOf).sorted().toList().toString();
    }

    @Override
    public long read() {
        long[] bytes = new long[1];
        try (Session session =
                driver.session(SessionConfig.builder().withFetchSize(1_000).build())) {
            session.run("MATCH (" + OURS + ") RETURN id(n), labels(n), properties(n)")
                    .forEachRemaining(row -> bytes[0] += size(row));
            session.run("MATCH (" + OURS + ")-[r]->(m:" + LABEL + ") RETURN id(n), id(m), type(r), properties(r)")
                    .forEachRemaining(row -> bytes[0] += size(row));
        }
        return bytes[0];
    }

    /**
     * All rows are held in memory. They are created in batches of a transaction each, with the schema afterwards, by two
     * sessions at a time; each has its own start nodes, so that they seldom wait for each other.
     */
    @Override
    public long rewrite(Path scratch) throws IOException {
        List<String> schema = new ArrayList<>();
        String ours = " WHERE '" + LABEL + "' IN labelsOrTypes";
        run("SHOW CONSTRAINTS YIELD createStatement, labelsOrTypes" + ours)
                .forEach(row -> schema.add(row.get("createStatement").asString()));
        run("SHOW INDEXES YIELD createStatement, labelsOrTypes, owningConstraint" + ours
                        + " AND owningConstraint IS NULL")
                .forEach(row -> schema.add(row.get("createStatement").asString()));
        Map<String, List<Object>> nodes = new LinkedHashMap<>();
        Map<String, List<Object>> relationships = new LinkedHashMap<>();
        try (Session session = driver.session()) {
            session.run("MATCH (" + OURS + ") RETURN id(n), labels(n), properties(n)")
                    .forEachRemaining(row -> nodes.computeIfAbsent(
                                    "UNWIND $rows AS row CREATE (n:`"
                                            + String.join("`:`", row.get(1).asList(Value::asString))
                                            + "`) SET n = row[1] RETURN row[0], id(n)",
                                    any -> new ArrayList<>())
                            .add(List.of(row.get(0).asLong(), row.get(2).asMap())));
            session.run("MATCH (" + OURS + ")-[r]->(m:" + LABEL + ") RETURN id(n), id(m), type(r), properties(r)")
                    .forEachRemaining(row -> relationships
                            .computeIfAbsent(
                                    "UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1]"
                                            + " CREATE (a)-[r:`" + row.get(2).asString() + "`]->(b) SET r = row[2]",
                                    any -> new ArrayList<>())
                            .add(List.of(
                                    row.get(0).asLong(),
                                    row.get(1).asLong(),
                                    row.get(3).asMap())));
        }
        wipe();
        long start = System.nanoTime();
        Map<Object, Object> ids = new ConcurrentHashMap<>();
        inBatches(
                nodes,
                row -> row,
                made -> ids.put(made.get(0).asLong(), made.get(1).asLong()));
        inBatches(relationships, row -> List.of(ids.get(row.get(0)), ids.get(row.get(1)), row.get(2)), made -> {});
        schema.forEach(this::run);
        run("CALL db.awaitIndexes(3600)");
        return System.nanoTime() - start;
    }

    private void inBatches(Map<String, List<Object>> rows, UnaryOperator<List<?>> prepare, Consumer<Record> made) {
        ExecutorService sessions = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> batches = new ArrayList<>();
            rows.forEach((cypher, all) -> {
                for (int from = 0; from < all.size(); from += BATCH) {
                    List<Object> batch = all.subList(from, Math.min(all.size(), from + BATCH));
                    batches.add(sessions.submit(() -> {
                        List<?> prepared = batch.stream()
                                .map(row -> prepare.apply((List<?>) row))
                                .toList();
                        run(cypher, "rows", prepared).forEach(made);
                    }));
                }
            });
            for (Future<?> batch : batches) {
                batch.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            sessions.shutdownNow();
        }
    }

    private static long size(Record row) {
        long size = 16;
        for (Object value : row.get(row.size() - 1).asMap().values()) {
            size += value instanceof String text ? text.length() : 8;
        }
        return size;
    }

    @Override
    public void close() {
        driver.close();
    }
}
