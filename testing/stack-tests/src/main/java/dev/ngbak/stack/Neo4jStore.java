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

/** The graph store, in Neo4j. */
public final class Neo4jStore implements Store {

    /** The default label of nodes in scope. */
    public static final String LABEL = "GraphRAG_chunk_entity_relation";

    private static final String NODE_IN_SCOPE = "n:" + LABEL;
    private static final int BATCH = 2_000;

    private final Driver driver;

    public Neo4jStore(String url, String username, String password) {
        this.driver = GraphDatabase.driver(
                url,
                AuthTokens.basic(username, password),
                Config.builder()
                        .withLogging(Logging.none())
                        .withNotificationConfig(NotificationConfig.disableAllConfig())
                        .build());
    }

    /**
     * Runs a statement and returns all its rows.
     *
     * @param parameters alternating names and values
     */
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
        long[] duplicates = new long[entities];
        Arrays.fill(duplicates, -1);
        try (Session session = driver.session()) {
            for (int start = 0; start < entities; start += BATCH) {
                int from = start;
                int to = Math.min(entities, start + BATCH);
                session.executeWriteWithoutResult(transaction -> {
                    createNodes(transaction, data, from, to, false, nodes);
                    createNodes(transaction, data, from, to, true, duplicates);
                });
            }
            int relationships = data.size().relationships();
            for (int start = 0; start < relationships; start += BATCH) {
                int from = start;
                int to = Math.min(relationships, start + BATCH);
                session.executeWriteWithoutResult(
                        transaction -> createRelationships(transaction, data, from, to, nodes, duplicates));
            }
            if (data.variant() == GraphVariant.CLEAN) {
                session.run("CREATE CONSTRAINT FOR (" + NODE_IN_SCOPE + ") REQUIRE n.id IS UNIQUE")
                        .consume();
                for (String property : List.of("entity_type", "communityIds", "source_id")) {
                    session.run("CREATE INDEX FOR (" + NODE_IN_SCOPE + ") ON (n." + property + ")")
                            .consume();
                }
                session.run("CALL db.awaitIndexes(600)").consume();
            }
        }
    }

    private static void createNodes(
            TransactionContext transaction, Dataset data, int from, int to, boolean duplicates, long[] ids) {
        Map<String, List<Map<String, Object>>> byLabel = new LinkedHashMap<>();
        for (int e = from; e < to; e++) {
            if (!duplicates || data.hasDuplicate(e)) {
                Map<String, Object> properties = duplicates ? data.duplicate(e) : data.entity(e);
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

    /**
     * Creates relationships from each node with the start id to each node with the end id, as a MERGE does that matches
     * nodes by id.
     */
    private static void createRelationships(
            TransactionContext transaction, Dataset data, int from, int to, long[] nodes, long[] duplicates) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int r = from; r < to; r++) {
            int[] ends = data.endpoints(r);
            Map<String, Object> properties = data.relationship(r);
            for (long a : new long[] {nodes[ends[0]], duplicates[ends[0]]}) {
                for (long b : new long[] {nodes[ends[1]], duplicates[ends[1]]}) {
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
        // This relationship has a type that is also used in scope.
        run(
                "MATCH (a:Customer {name: 'customer 1'}), (b:Customer {name: 'customer 2'}) CREATE (a)-[:RELATED {remark: 'kin'}]->(b)");
    }

    @Override
    public void wipeScope() {
        String label = "'" + LABEL + "'";
        dropSchema("SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE " + label + " IN labelsOrTypes", "CONSTRAINT");
        dropSchema(
                "SHOW INDEXES YIELD name, type, labelsOrTypes, owningConstraint WHERE type <> 'LOOKUP' AND " + label
                        + " IN labelsOrTypes",
                "INDEX");
        delete(NODE_IN_SCOPE);
    }

    @Override
    public void wipeAll() {
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
        // Relationships first: a hub with all its relationships may not fit into one transaction.
        String relationship = "MATCH (" + pattern + ")-[r]-() WITH r LIMIT 20000 DELETE r RETURN count(*)";
        String node = "MATCH (" + pattern + ") WITH n LIMIT 5000 DELETE n RETURN count(*)";
        for (String cypher : List.of(relationship, node)) {
            while (run(cypher).get(0).get(0).asLong() > 0) {
                // Repeat until nothing is left.
            }
        }
    }

    @Override
    public String fingerprint() {
        return fingerprint(NODE_IN_SCOPE, "'" + LABEL + "' IN labelsOrTypes");
    }

    @Override
    public String foreignFingerprint() {
        return fingerprint("n WHERE NOT " + NODE_IN_SCOPE, "NOT '" + LABEL + "' IN labelsOrTypes");
    }

    /** Covers nodes and relationships without internal ids, and the schema without names. */
    private String fingerprint(String condition, String schemaCondition) {
        ContentFingerprint fingerprint = new ContentFingerprint();
        Map<Long, String> nodes = new HashMap<>();
        String match = condition.contains(" WHERE ")
                ? "MATCH (n) WHERE " + condition.substring(condition.indexOf(" WHERE ") + 7)
                : "MATCH (" + condition + ")";
        try (Session session = driver.session()) {
            session.run(match + " RETURN id(n), labels(n), properties(n)").forEachRemaining(row -> {
                String text = labels(row.get(1).asList())
                        + ContentFingerprint.text(row.get(2).asMap());
                fingerprint.add(text);
                nodes.put(row.get(0).asLong(), ContentFingerprint.hash(text));
            });
            session.run(match + " MATCH (n)-[r]->(m) RETURN id(n), id(m), type(r), properties(r)")
                    .forEachRemaining(row -> {
                        String to = nodes.get(row.get(1).asLong());
                        if (to != null) {
                            fingerprint.add(nodes.get(row.get(0).asLong())
                                    + to
                                    + row.get(2).asString()
                                    + ContentFingerprint.text(row.get(3).asMap()));
                        }
                    });
        }
        for (Record row : run("SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties WHERE "
                + schemaCondition + " RETURN type, entityType, labelsOrTypes, properties")) {
            fingerprint.add(row.get("type").asString()
                    + labels(row.get("labelsOrTypes").asList())
                    + row.get("entityType")
                    + row.get("properties"));
        }
        for (Record row :
                run("SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, options, owningConstraint"
                        + " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL AND " + schemaCondition
                        + " RETURN type, entityType, labelsOrTypes, properties, options")) {
            fingerprint.add(row.get("type").asString()
                    + labels(row.get("labelsOrTypes").asList())
                    + row.get("entityType")
                    + row.get("properties")
                    + ContentFingerprint.text(row.get("options").asMap()));
        }
        return fingerprint.toString();
    }

    private static String labels(List<Object> labels) {
        return labels.stream().map(String::valueOf).sorted().toList().toString();
    }

    @Override
    public long read() {
        long[] bytes = new long[1];
        try (Session session =
                driver.session(SessionConfig.builder().withFetchSize(1_000).build())) {
            session.run("MATCH (" + NODE_IN_SCOPE + ") RETURN id(n), labels(n), properties(n)")
                    .forEachRemaining(row -> bytes[0] += size(row));
            session.run("MATCH (" + NODE_IN_SCOPE + ")-[r]->(m:" + LABEL
                            + ") RETURN id(n), id(m), type(r), properties(r)")
                    .forEachRemaining(row -> bytes[0] += size(row));
        }
        return bytes[0];
    }

    /**
     * Holds all rows in memory. Two parallel sessions create them, one transaction for each batch, and the schema follows.
     * Batches have different start nodes, so the sessions seldom block each other.
     */
    @Override
    public long rewrite(Path scratch) throws IOException {
        List<String> schema = new ArrayList<>();
        String inScope = " WHERE '" + LABEL + "' IN labelsOrTypes";
        run("SHOW CONSTRAINTS YIELD createStatement, labelsOrTypes" + inScope)
                .forEach(row -> schema.add(row.get("createStatement").asString()));
        run("SHOW INDEXES YIELD createStatement, labelsOrTypes, owningConstraint" + inScope
                        + " AND owningConstraint IS NULL")
                .forEach(row -> schema.add(row.get("createStatement").asString()));
        Map<String, List<Object>> nodes = new LinkedHashMap<>();
        Map<String, List<Object>> relationships = new LinkedHashMap<>();
        try (Session session = driver.session()) {
            session.run("MATCH (" + NODE_IN_SCOPE + ") RETURN id(n), labels(n), properties(n)")
                    .forEachRemaining(row -> nodes.computeIfAbsent(
                                    "UNWIND $rows AS row CREATE (n:`"
                                            + String.join("`:`", row.get(1).asList(Value::asString))
                                            + "`) SET n = row[1] RETURN row[0], id(n)",
                                    any -> new ArrayList<>())
                            .add(List.of(row.get(0).asLong(), row.get(2).asMap())));
            session.run("MATCH (" + NODE_IN_SCOPE + ")-[r]->(m:" + LABEL
                            + ") RETURN id(n), id(m), type(r), properties(r)")
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
        wipeScope();
        long start = System.nanoTime();
        Map<Object, Object> ids = new ConcurrentHashMap<>();
        createInBatches(
                nodes,
                row -> row,
                created -> ids.put(created.get(0).asLong(), created.get(1).asLong()));
        createInBatches(
                relationships, row -> List.of(ids.get(row.get(0)), ids.get(row.get(1)), row.get(2)), created -> {});
        schema.forEach(this::run);
        run("CALL db.awaitIndexes(3600)");
        return System.nanoTime() - start;
    }

    private void createInBatches(
            Map<String, List<Object>> rows, UnaryOperator<List<?>> prepare, Consumer<Record> onCreated) {
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
                        run(cypher, "rows", prepared).forEach(onCreated);
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

    /** Returns the approximate size of a row's content, in bytes. */
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
