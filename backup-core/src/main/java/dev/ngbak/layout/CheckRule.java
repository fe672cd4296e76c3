package dev.ngbak.layout;

import dev.ngbak.spi.Role;
import java.util.Objects;
import java.util.Set;

/**
 * A relation that holds between the records of a healthy system, in the words of one layout. {@code docs/CHECK.md}
 * lists the rules of nano-graphrag.
 *
 * @param severity how serious it is if the rule is broken
 * @param title a clause without a full stop, such as {@code "each document has chunks"}
 * @param benignCause noun phrases that explain how a healthy system can break the rule; empty if no such cause is known
 */
public record CheckRule(Id id, Severity severity, String title, String benignCause) {

    /** How serious it is if a rule is broken. */
    public enum Severity {
        /** Data was lost or mixed up. */
        ERROR,
        /** This also occurs in healthy systems. */
        WARNING,
        /** This is worth knowing, but needs no action. */
        INFORMATION
    }

    /** The relations that the reference check can verify. Their codes are part of the command line's JSON. */
    public enum Id {
        DOCUMENT_KEY_IS_HASH("R1", Role.KV),
        CHUNK_HAS_DOCUMENT("R2", Role.KV),
        CHUNK_KEY_IS_HASH("R3", Role.KV),
        CHUNKS_ARE_NUMBERED("R4", Role.KV),
        DOCUMENT_HAS_CHUNKS("R5", Role.KV),
        NODE_CHUNKS_EXIST("R6", Role.GRAPH, Role.KV),
        RELATIONSHIP_CHUNKS_EXIST("R7", Role.GRAPH, Role.KV),
        RELATIONSHIP_ENDS_EXIST("R8", Role.GRAPH),
        NODE_NAME_IS_UNIQUE("R9", Role.GRAPH),
        ENTITY_VECTOR_KEY_IS_HASH("R10", Role.VECTOR),
        ENTITY_VECTOR_HAS_NODE("R11", Role.VECTOR, Role.GRAPH),
        TYPED_NODE_HAS_VECTOR("R12", Role.VECTOR, Role.GRAPH),
        UNTYPED_NODE_HAS_VECTOR("R13", Role.VECTOR, Role.GRAPH),
        CHUNK_VECTOR_HAS_CHUNK("R14", Role.VECTOR, Role.KV),
        CHUNK_HAS_VECTOR("R15", Role.VECTOR, Role.KV),
        VECTOR_HAS_DIMENSION("R16", Role.VECTOR),
        COMMUNITY_HAS_REPORT("R17", Role.GRAPH, Role.KV),
        REPORT_HAS_COMMUNITY("R18", Role.GRAPH, Role.KV),
        REPORT_REFERENCES_EXIST("R19", Role.GRAPH, Role.KV),
        REPORT_TITLE_IS_KEY("R20", Role.KV),
        NODES_HAVE_SAME_LEVELS("R21", Role.GRAPH),
        CACHED_ANSWER_IS_COMPLETE("R22", Role.KV),
        DOCUMENT_HAS_STATUS("R23", Role.KV),
        STATUS_HAS_DOCUMENT("R24", Role.KV),
        LISTED_CHUNKS_EXIST("R25", Role.KV),
        NODE_HAS_CHUNK_LIST("R26", Role.GRAPH, Role.KV),
        RELATIONSHIP_HAS_CHUNK_LIST("R27", Role.GRAPH, Role.KV),
        RELATIONSHIP_HAS_VECTOR("R28", Role.VECTOR, Role.GRAPH),
        RELATIONSHIP_VECTOR_HAS_RELATIONSHIP("R29", Role.VECTOR, Role.GRAPH);

        private final String code;
        private final Set<Role> needs;

        Id(String code, Role... needs) {
            this.code = code;
            this.needs = Set.of(needs);
        }

        /** Returns the short name that users see, such as {@code "R6"}. */
        public String code() {
            return code;
        }

        /** Returns the stores whose records the rule needs. */
        public Set<Role> needs() {
            return needs;
        }
    }

    public CheckRule {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(benignCause, "benignCause");
    }

    /** Returns the short name that users see, such as {@code "R6"}. */
    public String code() {
        return id.code();
    }

    /** Returns the stores whose records the rule needs. */
    public Set<Role> needs() {
        return id.needs();
    }
}
