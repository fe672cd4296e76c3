package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Receives the records of a store one after the other, in a GraphRAG system's terms. The arguments belong to the visitor. A
 * method that is not overridden ignores its records.
 */
public interface RecordVisitor {

    /**
     * The maximum length of a value in bytes, or of a text in bytes or characters, that is shown. It limits the memory that
     * one record needs, however long the values in a store are.
     */
    int MAX_LENGTH = 1 << 24;

    /** Stands for a property of a node or a relationship that is longer than {@link #MAX_LENGTH}. */
    Object TOO_LONG = new Object() {
        @Override
        public String toString() {
            return "a text longer than " + (MAX_LENGTH >> 20) + " MiB";
        }
    };

    /** The expiry of an entry that does not expire. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Receives a graph that has a name. Its nodes follow.
     *
     * @param directed whether the order of the nodes of a relationship has a meaning
     */
    default void graph(String name, boolean directed) throws IOException {}

    /**
     * Receives a node of a graph.
     *
     * @param number unique among the nodes of this visit; {@link #relationship} refers to it
     * @param id the system's name of the node, which need not be unique, or {@code null}
     * @param properties each a {@link String}, {@link Long}, {@link Double}, {@link Boolean}, a {@link List} of these, or any
     *     other type of the store; {@link #TOO_LONG} instead of a text longer than {@link #MAX_LENGTH}
     */
    default void node(long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {}

    /**
     * Receives a relationship. Its nodes usually come first.
     *
     * @param from the number of its first node, which does not come if it is out of scope
     * @param to the number of its second node, which does not come if it is out of scope
     * @param properties as for a node
     */
    default void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {}

    /**
     * Receives a collection. Its points follow.
     *
     * @param dimensions the size of its dense vectors, by their names; the name of a single vector may be empty
     */
    default void collection(String name, Map<String, Integer> dimensions) throws IOException {}

    /**
     * Receives a point of the last collection.
     *
     * @param id its id as text, an unsigned number or a UUID; {@code null} if the store has no ids
     * @param payload without the vectors; the member {@code id} is the system's key of the record
     */
    default void point(@Nullable String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {}

    /**
     * A vector of a point.
     *
     * @param name its name in the collection; the name of a single vector may be empty
     * @param values its numbers; those of all vectors for a multivector
     * @param indices the position of each number in a sparse vector, otherwise {@code null}
     */
    record Vector(String name, float[] values, int @Nullable [] indices) {}

    /**
     * Receives an entry of a key-value store.
     *
     * @param value its bytes as stored, or {@code null} if it is longer than {@link #MAX_LENGTH}
     * @param expires its expiry in milliseconds of Unix time, or {@link #NEVER}
     */
    default void entry(String namespace, String key, byte @Nullable [] value, long expires) throws IOException {}

    /**
     * Receives the name of something that belongs to a store but is not a record, such as an index.
     *
     * @param what for messages
     */
    default void other(String what) throws IOException {}

    /**
     * Receives an entry whose value is not a sequence of bytes, such as a list, or whose key is not text. By default it is handed on as an entry without a
     * value.
     *
     * @param type the store's name of the type, such as {@code list}
     * @param expires as for {@link #entry}
     */
    default void composite(String namespace, String key, String type, long expires) throws IOException {
        entry(namespace, key, null, expires);
    }
}
