package dev.ngbak.layout;

import static dev.ngbak.layout.CheckRule.Severity.ERROR;
import static dev.ngbak.layout.CheckRule.Severity.INFORMATION;
import static dev.ngbak.layout.CheckRule.Severity.WARNING;

import dev.ngbak.layout.CheckRule.Id;
import java.util.List;

/** The rules of nano-graphrag, with the known benign causes of violations. */
final class NanoGraphRagRules {

    private static final String EVICTION = "a Redis that evicts keys when it is full";
    private static final String EARLIER_CLUSTERING = "reports of an earlier clustering";
    private static final String UNKNOWN_CAUSE = "";

    static final List<CheckRule> ALL = List.of(
            new CheckRule(
                    Id.DOCUMENT_KEY_IS_HASH,
                    WARNING,
                    "the key of a document is \"doc-\" followed by the MD5 of its content or path",
                    "ids that were assigned by hand"),
            new CheckRule(
                    Id.CHUNK_HAS_DOCUMENT,
                    WARNING,
                    "the document of each chunk is in full_docs",
                    "a deleted document, whose chunks remain; " + EVICTION),
            new CheckRule(
                    Id.CHUNK_KEY_IS_HASH,
                    WARNING,
                    "the key of a chunk is \"chunk-\" followed by an MD5: that of its content, or that of its document's"
                            + " id, \"::\" and its content joined together",
                    "a custom chunker"),
            new CheckRule(
                    Id.CHUNKS_ARE_NUMBERED,
                    WARNING,
                    "the chunks of a document are numbered from 0 without gaps",
                    "a text that occurs twice, in one document or in two, and is stored as one chunk"),
            new CheckRule(Id.DOCUMENT_HAS_CHUNKS, WARNING, "each document has chunks", "an insert that failed"),
            new CheckRule(Id.NODE_CHUNKS_EXIST, ERROR, "the source chunks of each node are in text_chunks", EVICTION),
            new CheckRule(
                    Id.RELATIONSHIP_CHUNKS_EXIST,
                    ERROR,
                    "the source chunks of each relationship are in text_chunks",
                    EVICTION),
            new CheckRule(
                    Id.RELATIONSHIP_ENDS_EXIST,
                    ERROR,
                    "both ends of each relationship are nodes of the graph",
                    "another program that adds relationships to the graph's nodes"),
            new CheckRule(
                    Id.NODE_NAME_IS_UNIQUE,
                    INFORMATION,
                    "no two nodes have the same id",
                    "nano-graphrag on Neo4j, which creates a second node of type UNKNOWN for most entities unless there"
                            + " is a uniqueness constraint"),
            new CheckRule(
                    Id.ENTITY_VECTOR_KEY_IS_HASH,
                    ERROR,
                    "the key of an entity's vector is \"ent-\" followed by the MD5 of the entity's name, and in Qdrant its"
                            + " point id is the XXH64 of that key",
                    UNKNOWN_CAUSE),
            new CheckRule(
                    Id.ENTITY_VECTOR_HAS_NODE,
                    ERROR,
                    "each entity that has a vector has a node",
                    "a graph that was emptied without the vectors"),
            new CheckRule(
                    Id.TYPED_NODE_HAS_VECTOR,
                    WARNING,
                    "each node with a type has a vector",
                    "an insert that was interrupted; two types for one name; a system without local search"),
            new CheckRule(
                    Id.UNTYPED_NODE_HAS_VECTOR,
                    INFORMATION,
                    "each node without a type has a vector",
                    "entities that occur only as an end of a relationship"),
            new CheckRule(
                    Id.CHUNK_VECTOR_HAS_CHUNK,
                    ERROR,
                    "the vector of a chunk has the same key as a chunk in text_chunks and names the same document, and in"
                            + " Qdrant its point id is the XXH64 of that key",
                    UNKNOWN_CAUSE),
            new CheckRule(
                    Id.CHUNK_HAS_VECTOR,
                    WARNING,
                    "if there is a collection of chunks, each chunk has a vector",
                    "naive search that was enabled after the chunk was inserted"),
            new CheckRule(
                    Id.VECTOR_HAS_DIMENSION,
                    ERROR,
                    "each vector has the dimension of its collection, and the indices of sparse vectors ascend",
                    UNKNOWN_CAUSE),
            new CheckRule(
                    Id.COMMUNITY_HAS_REPORT,
                    WARNING,
                    "each community of the graph has a report",
                    "reports in Redis, which expire after 24 hours unless REDIS_TTL_COMMUNITY_REPORTS is set; a"
                            + " clustering without reports"),
            new CheckRule(
                    Id.REPORT_HAS_COMMUNITY,
                    INFORMATION,
                    "each report belongs to a community of the graph",
                    EARLIER_CLUSTERING),
            new CheckRule(
                    Id.REPORT_REFERENCES_EXIST,
                    WARNING,
                    "the nodes, chunks and communities that a report refers to exist",
                    EARLIER_CLUSTERING),
            new CheckRule(
                    Id.REPORT_TITLE_IS_KEY, WARNING, "the title of a report is Cluster and its key", UNKNOWN_CAUSE),
            new CheckRule(
                    Id.NODES_HAVE_SAME_LEVELS,
                    WARNING,
                    "the communityIds of all nodes have the same number of levels",
                    "nodes of different clusterings"),
            new CheckRule(
                    Id.CACHED_ANSWER_IS_COMPLETE,
                    INFORMATION,
                    "each cached answer of the model has a return member",
                    UNKNOWN_CAUSE));

    private NanoGraphRagRules() {}
}
