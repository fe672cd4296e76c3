package dev.ngbak.layout;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Interprets the records of one kind of GraphRAG system: the kind of an entry or a point, the key that it must have,
 * and the records that it refers to. Stateless and thread-safe. Records are untrusted: malformed ones have missing
 * parts, and never cause an exception.
 */
public interface RecordInterpreter {

    /** The kind of an entry of the key-value store. */
    enum EntryKind {
        DOCUMENT,
        CHUNK,
        COMMUNITY_REPORT,
        CACHED_ANSWER,
        /** The status of a document, by the document's key, with the keys of its chunks. */
        STATUS,
        /** The chunks that an entity was found in, by its name. */
        ENTITY_CHUNKS,
        /** The chunks that a relationship was found in, by its {@link #relationshipKey}. */
        RELATIONSHIP_CHUNKS
    }

    /** The kind of record that a point of the vector store belongs to. */
    enum PointKind {
        ENTITY,
        CHUNK,
        RELATIONSHIP
    }

    /**
     * A source document.
     *
     * @param hasContent whether its value is complete
     * @param keyIsHash whether its key is one that the system derives from the document
     */
    record Document(boolean hasContent, boolean keyIsHash) {}

    /**
     * A chunk of a document.
     *
     * @param document the key of its document
     * @param index its position in the document, from 0, or -1 if it has none
     * @param keyIsHash whether its key is one that the system derives from the chunk
     */
    record Chunk(Optional<String> content, Optional<String> document, long index, boolean keyIsHash) {}

    /**
     * A community report.
     *
     * @param titleIsKey whether the title is the one that the system derives from the report's key
     */
    record Report(Optional<String> title, boolean titleIsKey) {}

    /** Receives the records that a community report refers to. An id may occur more than once. */
    interface ReportReferences {
        void node(String name) throws IOException;

        void chunk(String key) throws IOException;

        void report(String key) throws IOException;
    }

    /**
     * A node of the graph.
     *
     * @param name empty if the node has none
     * @param typed whether the system knows what type of entity the node is
     * @param chunks the keys of the chunks that the entity was found in
     * @param communities the keys of the reports of its communities
     * @param levels the number of levels of its communities, if levels are comparable between nodes
     */
    record Node(
            Optional<String> name, boolean typed, List<String> chunks, List<String> communities, OptionalInt levels) {}

    /**
     * A relationship of the graph.
     *
     * @param own whether the system itself writes relationships of this type
     * @param chunks the keys of the chunks that the relationship was found in
     */
    record Relationship(boolean own, List<String> chunks) {}

    /** A point of the vector store. */
    interface Point {

        /** Returns the system's key of the record. */
        Optional<String> key();

        /** Returns the name of the entity that the point belongs to. */
        Optional<String> entity();

        /** Returns the {@link #relationshipKey} of the relationship that the point belongs to. */
        default Optional<String> relationship() {
            return Optional.empty();
        }

        /** Returns the key of the document of the chunk that the point belongs to. */
        Optional<String> document();

        /** Returns whether the key is one that the system derives from the entity. */
        boolean keyIsHash();

        /** Returns whether the store's id of the point can belong to the key. */
        boolean idMatchesKey();
    }

    /** Returns the namespace of a kind of entries; empty if the system has no such entries. */
    Optional<String> namespace(EntryKind kind);

    /** Returns the kind of the entries in a namespace; empty if no kind has this namespace. */
    default Optional<EntryKind> entryKind(String namespace) {
        for (EntryKind kind : EntryKind.values()) {
            if (namespace(kind).filter(namespace::equals).isPresent()) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /**
     * Returns the kind of record that the points of a collection belong to; empty if they belong to something else.
     */
    Optional<PointKind> pointKind(String collection);

    Document document(String key, byte[] value) throws IOException;

    Chunk chunk(String key, byte[] value) throws IOException;

    /** @throws IOException any exception of the references, unchanged */
    Report report(String key, byte[] value, ReportReferences references) throws IOException;

    /** Returns whether an entry of the cache contains an answer. */
    boolean isAnswer(byte[] value) throws IOException;

    /** Returns the keys of the chunks that a status or a list of chunks contains. */
    default List<String> listedChunks(byte[] value) throws IOException {
        return List.of();
    }

    /**
     * Returns the key by which other records refer to the relationship between two nodes, whatever its direction; empty if the
     * system has no such key.
     */
    default Optional<String> relationshipKey(String node, String other) {
        return Optional.empty();
    }

    /** @param id as {@link dev.ngbak.spi.RecordVisitor#node} shows it, or {@code null} */
    Node node(@Nullable String id, Collection<String> labels, Map<String, Object> properties);

    Relationship relationship(String type, Map<String, Object> properties);

    /** @param id as {@link dev.ngbak.spi.RecordVisitor#point} shows it, or {@code null} */
    Point point(@Nullable String id, Map<String, Object> payload);

    /** Returns the names that the node of an entity may have, the most likely first. */
    Set<String> nodeNames(String entity);
}
