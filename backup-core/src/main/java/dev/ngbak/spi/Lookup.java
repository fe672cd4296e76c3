package dev.ngbak.spi;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * Asks a store for a few of its records, by its own means: its search, its index. Each method is for stores of one role;
 * the others throw. Good as long as the session that gave it.
 */
public interface Lookup {

    /** An entity, and the vector that it has or had in its collection. */
    record Probe(String collection, String entity, RecordVisitor.Vector vector) {}

    /** An entity that a search found, and how near it is: more is nearer. */
    record Hit(String entity, double score) {}

    /**
     * Of a vector store: takes entities, with their dense vectors, that are spread over their collection.
     *
     * @param most how many, fewer where there are not so many; those without a name are passed over
     */
    default List<Probe> sample(int most) throws IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Of a vector store: searches each probe's collection for its vector, exactly, so that the answer does not hang on
     * luck.
     *
     * @return for each probe about ten hits, the nearest first; {@code null} for one that cannot be searched for, or by
     *     whose collection's measure the nearest to a vector need not be itself
     */
    default List<List<Hit>> search(List<Probe> probes) throws IOException {
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
