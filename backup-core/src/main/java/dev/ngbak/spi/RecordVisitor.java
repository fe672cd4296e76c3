package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Takes a store's records one after the other, in the words of a GraphRAG system. What it is handed belongs to it. A
 * method that is not overridden lets its records pass.
 */
public interface RecordVisitor {

    /** A text or value that is longer, in bytes or characters, is not handed over: any store must fit in little memory. */
    int MAX_LENGTH = 1 << 24;

    /** The time of an entry that stays. */
    long NEVER = Long.MAX_VALUE;

    /**
     * A node of the graph.
     *
     * @param number tells it from every other node of this visit; {@link #relationship} refers to it
     * @param id the name that the system gives it, which need not be unique, or {@code null} for none
     * @param properties each a {@link String}, {@link Long}, {@link Double}, {@link Boolean}, a {@link List} of such, or
     *     whatever else the store has; without texts longer than {@link #MAX_LENGTH}
     */
    default void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {}

    /**
     * A relationship. Usually its nodes were visited before it.
     *
     * @param from the number of its first node, which is not visited where it is not in scope
     * @param to the number of its second node, likewise
     * @param properties as those of a node
     */
    default void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {}

    /**
     * A collection, before its points.
     *
     * @param dimensions how many numbers its dense vectors have, by their names; the name of the only one may be empty
     */
    default void collection(String name, Map<String, Integer> dimensions) throws IOException {}

    /**
     * A point of the collection that came last.
     *
     * @param id its own id as text, an unsigned number or a UUID; {@code null} in a store that has none
     * @param payload without its vectors; the member {@code id} is the system's key of the record
     */
    default void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {}

    /**
     * A vector of a point.
     *
     * @param name its name in the collection; the only one's may be empty
     * @param values its numbers; of several dense vectors in one, all of them
     * @param indices of a sparse vector the place of each number, else {@code null}
     */
    record Vector(String name, float[] values, int[] indices) {}

    /**
     * An entry of a key-value store.
     *
     * @param value its bytes as stored, which may be anything, or {@code null} where it is longer than {@link #MAX_LENGTH}
     * @param expires when it passes away by itself, in milliseconds of Unix time, or {@link #NEVER}
     */
    default void entry(String namespace, String key, byte[] value, long expires) throws IOException {}

    /**
     * An entry whose value is not one sequence of bytes, as a list is not. A visitor that does not care is shown an entry
     * without a value.
     *
     * @param type what the store calls it, such as {@code list}
     * @param expires as for {@link #entry}
     */
    default void composite(String namespace, String key, String type, long expires) throws IOException {
        entry(namespace, key, null, expires);
    }
}
