package dev.ngbak.neo4j;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Receives a graph, from a database or from an archive: first the expected number, then schema, then nodes, then
 * relationships.
 */
interface GraphReceiver {

    /** Discards everything. */
    GraphReceiver NONE = new GraphReceiver() {};

    /** @param records the approximate number of nodes and relationships that follow */
    default void expect(long records) throws IOException {}

    default void schema(SchemaObject object) throws IOException {}

    /** @param number 0 for the first node, and one more for each that follows */
    default void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {}

    /**
     * @param from the number of the start node, which was received before
     * @param to the number of the end node, which was received before
     */
    default void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {}
}
