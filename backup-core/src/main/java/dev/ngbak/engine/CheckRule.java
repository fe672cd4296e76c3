package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Set;

/**
 * What must hold between the records of a GraphRAG system. docs/CHECK.md has the same with more words.
 */
public enum CheckRule {
    R1(Severity.WARNING, "a document's key is doc- and the MD5 of its text", "ids that were given by hand", Role.KV),
    R2(
            Severity.WARNING,
            "the document of each chunk is in full_docs",
            "a document that was deleted, which leaves its chunks; a Redis that evicts keys when it is full",
            Role.KV),
    R3(
            Severity.WARNING,
            "a chunk's key is chunk- and the MD5 of its text, or of its document's id, :: and its text",
            "a chunker of one's own",
            Role.KV),
    R4(
            Severity.WARNING,
            "the chunks of a document are numbered from 0 without gaps",
            "the same text twice in one document, or in two, which is one chunk",
            Role.KV),
    R5(Severity.WARNING, "each document has chunks", "an insert that failed", Role.KV),
    R6(
            Severity.ERROR,
            "the chunks that a node comes from are in text_chunks",
            "a Redis that evicts keys when it is full",
            Role.GRAPH,
            Role.KV),
    R7(
            Severity.ERROR,
            "the chunks that a relationship comes from are in text_chunks",
            "a Redis that evicts keys when it is full",
            Role.GRAPH,
            Role.KV),
    R8(
            Severity.ERROR,
            "both ends of each relationship are nodes of the graph",
            "another program that adds relationships to the graph's nodes",
            Role.GRAPH),
    R9(
            Severity.INFORMATION,
            "no two nodes have the same id",
            "nano-graphrag with Neo4j makes a second node of the type UNKNOWN for most entities, unless there is a"
                    + " uniqueness constraint",
            Role.GRAPH),
    R10(
            Severity.ERROR,
            "an entity's vector has the key ent- and the MD5 of its name, and in Qdrant that key's XXH64 as its id",
            "",
            Role.VECTOR),
    R11(
            Severity.ERROR,
            "each entity that has a vector has a node",
            "a graph that was emptied, when the vectors were not",
            Role.VECTOR,
            Role.GRAPH),
    R12(
            Severity.WARNING,
            "each node with a type has a vector",
            "an insert that was interrupted; two types for one name; a system without local search",
            Role.VECTOR,
            Role.GRAPH),
    R13(
            Severity.INFORMATION,
            "each node without a type has a vector",
            "entities that were only ever named in relationships",
            Role.VECTOR,
            Role.GRAPH),
    R14(
            Severity.ERROR,
            "a chunk's vector has the key of a chunk in text_chunks and its document, and in Qdrant that key's XXH64 as"
                    + " its id",
            "",
            Role.VECTOR,
            Role.KV),
    R15(
            Severity.WARNING,
            "where there is a collection of chunks, each chunk has a vector",
            "naive search that was switched on later",
            Role.VECTOR,
            Role.KV),
    R16(Severity.ERROR, "vectors have the size of their collection, and sparse ones are in order", "", Role.VECTOR),
    R17(
            Severity.WARNING,
            "each community of the graph has a report",
            "in Redis, reports pass away 24 hours after they were written, unless REDIS_TTL_COMMUNITY_REPORTS says"
                    + " otherwise; a clustering without reports",
            Role.GRAPH,
            Role.KV),
    R18(
            Severity.INFORMATION,
            "each report is of a community of the graph",
            "reports of an earlier clustering",
            Role.GRAPH,
            Role.KV),
    R19(
            Severity.WARNING,
            "the nodes, chunks and communities that a report names are there",
            "reports of an earlier clustering",
            Role.GRAPH,
            Role.KV),
    R20(Severity.WARNING, "a report's title is Cluster and its key", "", Role.KV),
    R21(
            Severity.WARNING,
            "all communityIds have the same number of levels",
            "nodes of different clusterings",
            Role.GRAPH),
    R22(Severity.INFORMATION, "each cached answer of the model has a return", "", Role.KV);

    /** What it means when a rule does not hold. */
    public enum Severity {
        /** Data is lost, or mixed up. */
        ERROR,
        /** Something that is known to occur in systems that are well. */
        WARNING,
        /** Something to know. */
        INFORMATION
    }

    private final Severity severity;
    private final String title;
    private final String innocent;
    private final Set<Role> needs;

    CheckRule(Severity severity, String title, String innocent, Role... needs) {
        this.severity = severity;
        this.title = title;
        this.innocent = innocent;
        this.needs = Set.of(needs);
    }

    public Severity severity() {
        return severity;
    }

    /** What holds where all is well. */
    public String title() {
        return title;
    }

    /** Why it may not hold though nothing is wrong; empty where no such reason is known. */
    public String innocent() {
        return innocent;
    }

    /** The stores whose records must be seen. */
    public Set<Role> needs() {
        return needs;
    }
}
