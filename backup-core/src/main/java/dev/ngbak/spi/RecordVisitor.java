package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Receives the records of a store one by one, in the terms of a GraphRAG system. The visitor owns the objects that it
 * receives. A method that is not overridden ignores its records.
 */
public interface RecordVisitor {

    /**
     * The maximum length of a text or value, in bytes or characters. Longer ones are not shown, so that memory use does
     * not depend on the store.
     */
    int MAX_LENGTH = 1 << 24;

    /** The expiry of an entry that does not expire. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Receives a node of the graph.
     *
     * @param number distinguishes the node from all others of this visit; {@link #relationship} refers to it
     * @param id the name that the system gives the node, which need not be unique, or {@code null} if it has no name
     * @param properties each value is a {@link String}, {@link Long}, {@link Double}, {@link Boolean}, a {@link List}
     *     of such values, or another type of the store. Texts longer than {@link #MAX_LENGTH} are missing
     */
    default void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {}

    /**
     * Receives a relationship, usually after its nodes.
     *
     * @param from the number of the start node, which is not visited if it is out of scope
     * @param to the number of the end node, which is not visited if it is out of scope
     * @param properties like those of a node
     */
    default void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {}

    /**
     * Receives a collection, before its points.
     *
     * @param dimensions the dimensions of the dense vectors by name; the name of a single vector may be empty
     */
    default void collection(String name, Map<String, Integer> dimensions) throws IOException {}

    /**
     * Receives a point of the last collection.
     *
     * @param id the store's id of the point, an unsigned number or a UUID as text; {@code null} if the store has no
     *     such ids
     * @param payload without the vectors; the member {@code id} is the system's key of the record
     */
    default void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {}

    /**
     * A vector of a point.
     *
     * @param name the name in the collection; the name of a single vector may be empty
     * @param values the numbers; for a multivector, the numbers of all its vectors one after the other
     * @param indices the index of each number of a sparse vector, otherwise {@code null}
     */
    record Vector(String name, float[] values, int[] indices) {}

    /**
     * Receives an entry of a key-value store.
     *
     * @param value the bytes as stored, in any format, or {@code null} if there are more than {@link #MAX_LENGTH}
     * @param expires the time at which the entry expires, in milliseconds of Unix time, or {@link #NEVER}
     */
    default void entry(String namespace, String key, byte[] value, long expires) throws IOException {}

    /**
     * Receives an entry whose value is not one sequence of bytes, such as a list. By default, treats it as an entry
     * without a value.
     *
     * @param type the store's name of the type, such as {@code list}
     * @param expires as for {@link #entry}
     */
    default void composite(String namespace, String key, String type, long expires) throws IOException {
        entry(namespace, key, null, expires);
    }
}
