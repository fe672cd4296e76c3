package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * Asks a store for a few of its records, by its own means: its search, its index. Each method is for stores of one role;
 * the others throw. Good as long as the session that gave it.
 */
public interface Lookup {

    /** An entity that a search found, and how near it is: more is nearer. */
    record Hit(String entity, double score) {}

    /** What the search for an entity's own stored vector found, the nearest first, about ten. */
    record Neighbours(String entity, List<Hit> hits) {}

    /**
     * Of a vector store: takes entities that are spread over their collection, and searches that for each one's stored
     * vector, exactly, so that the answer does not hang on luck.
     *
     * @param most how many entities, fewer where there are not so many; those without a name are passed over
     */
    default List<Neighbours> sample(int most) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Of a graph: hands over every node that has one of these ids, each with a number of its own. */
    default void nodes(Collection<String> ids, RecordVisitor visitor) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Of a key-value store: hands over the entries of these keys that are there. */
    default void entries(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException {
        throw new UnsupportedOperationException();
    }
}
