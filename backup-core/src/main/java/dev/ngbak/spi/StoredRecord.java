package dev.ngbak.spi;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One record of a store, or a part of one that has its own canonical bytes, as docs/FORMAT.md defines them. */
public interface StoredRecord {

    /**
     * Returns the count that the record belongs to: {@code entities}, a namespace, a collection.
     *
     * @return {@code null} for something that is digested but is not a record, such as a schema object
     */
    @Nullable
    String countedAs();

    /**
     * Returns the SHA-256 of the record's canonical bytes. Called at most once, and only for a handler that uses digests.
     *
     * @return {@code null} for something that is only shown, and not counted
     */
    byte @Nullable [] digest();

    /** Shows the record in a GraphRAG system's terms. By default there is nothing to show. */
    default void show(RecordVisitor visitor) throws IOException {}
}
