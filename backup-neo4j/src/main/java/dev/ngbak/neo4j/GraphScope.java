package dev.ngbak.neo4j;

import dev.ngbak.spi.support.SafeText;
import java.util.List;

/**
 * The part of a database that is backed up and restored: the nodes with a label and the relationships between them, or
 * the whole database.
 *
 * @param namespace a label, or {@code *} for the whole database
 */
record GraphScope(String namespace) {

    private static final String WHOLE_DATABASE = "*";

    boolean isWholeDatabase() {
        return namespace.equals(WHOLE_DATABASE);
    }

    /** Returns a pattern of a node in scope, such as {@code (n:`Label`)}. */
    String node(String variable) {
        return "(" + variable + (isWholeDatabase() ? "" : ":" + Cypher.quote(namespace)) + ")";
    }

    /** Returns a predicate that is true for a node in scope. */
    String contains(String variable) {
        return isWholeDatabase() ? "true" : variable + ":" + Cypher.quote(namespace);
    }

    /**
     * Returns a query, without its RETURN clause, for the relationships {@code r} from {@code a} to {@code b} between
     * nodes in scope.
     *
     * <p>For few nodes with many relationships, the server plans to join all pairs of nodes. It would keep that plan
     * for some seconds, even if a restore has created many nodes meanwhile. The query therefore forces a new plan
     * (Cypher manual, "Cypher replanning").
     */
    String relationships() {
        return "CYPHER replan=force MATCH " + node("a") + "-[r]->" + node("b");
    }

    /**
     * Returns queries like {@link #relationships} for the relationships between a node in scope and another node. The list is
     * empty for a whole database.
     */
    List<String> crossingRelationships() {
        return isWholeDatabase()
                ? List.of()
                : List.of(
                        "MATCH " + node("a") + "-[r]->(b) WHERE NOT " + contains("b"),
                        "MATCH (a)-[r]->" + node("b") + " WHERE NOT " + contains("a"));
    }

    /** Returns the number of relationships between a node in scope and another node. */
    long countCrossingRelationships(Neo4jConnection connection) {
        return isWholeDatabase()
                ? 0
                : connection.number(
                        "MATCH " + node("n") + "-[r]-(other) WHERE NOT " + contains("other") + " RETURN count(r)");
    }

    /** Returns whether a node with these labels is in scope. */
    boolean includes(List<String> labels) {
        return isWholeDatabase() || labels.contains(namespace);
    }

    /** Returns a name for messages: {@code the label "L"} or {@code the whole database}. */
    String displayName() {
        return isWholeDatabase() ? "the whole database" : "the label " + SafeText.quoted(namespace);
    }
}
