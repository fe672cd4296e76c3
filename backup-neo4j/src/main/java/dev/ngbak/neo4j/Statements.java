package dev.ngbak.neo4j;

import java.util.Map;
import org.neo4j.driver.Result;
import org.neo4j.driver.Transaction;

/** Runs statements in one transaction. Each is sent with its version of Cypher. */
record Statements(Transaction transaction, ServerVersion server) {

    Result run(String cypher) {
        return run(cypher, Map.of());
    }

    Result run(String cypher, Map<String, Object> parameters) {
        return transaction.run(server.withCypherVersion(cypher), parameters);
    }
}
