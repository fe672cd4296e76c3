package dev.ngbak.lightrag;

import static dev.ngbak.layout.CheckRule.Severity.ERROR;
import static dev.ngbak.layout.CheckRule.Severity.INFORMATION;
import static dev.ngbak.layout.CheckRule.Severity.WARNING;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.CheckRule.Id;
import java.util.List;

/** The rules of LightRAG, with the known benign causes of violations. */
final class LightRagRules {

    private static final String INTERRUPTED = "an insert or a deletion that was interrupted";
    private static final String UNKNOWN_CAUSE = "";

    static final List<CheckRule> ALL = List.of(
            new CheckRule(
                    Id.DOCUMENT_KEY_IS_HASH,
                    INFORMATION,
                    "the key of a document is \"doc-\" followed by the MD5 of its path or content",
                    "ids that were assigned by hand"),
            new CheckRule(Id.CHUNK_HAS_DOCUMENT, ERROR, "the document of each chunk is in full_docs", INTERRUPTED),
            new CheckRule(
                    Id.CHUNK_KEY_IS_HASH,
                    INFORMATION,
                    "the key of a chunk is its document's id, \"-chunk-\" and a number, or \"chunk-\" followed by the MD5"
                            + " of its content",
                    "a custom chunker"),
            new CheckRule(
                    Id.CHUNKS_ARE_NUMBERED,
                    WARNING,
                    "the chunks of a document are numbered from 0 without gaps",
                    "a text that occurs twice and that an earlier release stored as one chunk"),
            new CheckRule(
                    Id.DOCUMENT_HAS_CHUNKS,
                    WARNING,
                    "each document has chunks",
                    "a document that waits to be processed, or whose processing failed"),
            new CheckRule(
                    Id.NODE_CHUNKS_EXIST, ERROR, "the source chunks of each node are in text_chunks", INTERRUPTED),
            new CheckRule(
                    Id.RELATIONSHIP_CHUNKS_EXIST,
                    ERROR,
                    "the source chunks of each relationship are in text_chunks",
                    INTERRUPTED),
            new CheckRule(
                    Id.RELATIONSHIP_ENDS_EXIST,
                    ERROR,
                    "both ends of each relationship are nodes of the workspace",
                    "another program that adds relationships to the graph's nodes"),
            new CheckRule(Id.NODE_NAME_IS_UNIQUE, ERROR, "no two nodes have the same entity_id", UNKNOWN_CAUSE),
            new CheckRule(
                    Id.ENTITY_VECTOR_KEY_IS_HASH,
                    ERROR,
                    "the key of an entity's vector is \"ent-\" followed by the MD5 of the entity's name, and in Qdrant its"
                            + " point id is a hash of workspace and key",
                    UNKNOWN_CAUSE),
            new CheckRule(Id.ENTITY_VECTOR_HAS_NODE, ERROR, "each entity that has a vector has a node", INTERRUPTED),
            new CheckRule(Id.TYPED_NODE_HAS_VECTOR, ERROR, "each node has a vector", INTERRUPTED),
            new CheckRule(
                    Id.CHUNK_VECTOR_HAS_CHUNK,
                    ERROR,
                    "the vector of a chunk has the same key as a chunk in text_chunks and names the same document, and in"
                            + " Qdrant its point id is a hash of workspace and key",
                    INTERRUPTED),
            new CheckRule(
                    Id.CHUNK_HAS_VECTOR,
                    ERROR,
                    "if there is a collection of chunks, each chunk has a vector",
                    INTERRUPTED),
            new CheckRule(
                    Id.VECTOR_HAS_DIMENSION, ERROR, "each vector has the dimension of its collection", UNKNOWN_CAUSE),
            new CheckRule(
                    Id.CACHED_ANSWER_IS_COMPLETE,
                    INFORMATION,
                    "each cached answer of the model has a return member",
                    UNKNOWN_CAUSE),
            new CheckRule(Id.DOCUMENT_HAS_STATUS, ERROR, "each document has a status in doc_status", INTERRUPTED),
            new CheckRule(
                    Id.STATUS_HAS_DOCUMENT,
                    WARNING,
                    "the document of each status is in full_docs",
                    "a duplicate that LightRAG refused; " + INTERRUPTED),
            new CheckRule(
                    Id.LISTED_CHUNKS_EXIST,
                    WARNING,
                    "the chunks that doc_status, entity_chunks and relation_chunks list are in text_chunks",
                    "a document whose processing failed; " + INTERRUPTED),
            new CheckRule(
                    Id.NODE_HAS_CHUNK_LIST,
                    WARNING,
                    "entity_chunks has the nodes of the graph, and no others",
                    "an entity that was added by hand; " + INTERRUPTED),
            new CheckRule(
                    Id.RELATIONSHIP_HAS_CHUNK_LIST,
                    WARNING,
                    "relation_chunks has the relationships of the graph, and no others",
                    "a relationship that was added by hand; " + INTERRUPTED),
            new CheckRule(Id.RELATIONSHIP_HAS_VECTOR, ERROR, "each relationship has a vector", INTERRUPTED),
            new CheckRule(
                    Id.RELATIONSHIP_VECTOR_HAS_RELATIONSHIP,
                    ERROR,
                    "each relationship that has a vector is in the graph",
                    INTERRUPTED));

    private LightRagRules() {}
}
