package dev.ngbak.layout;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Says what in a system's records depends on the workspace or on the file system. Stateless and thread-safe. */
public interface RecordRewriter {

    /** The rewriter of a system whose records depend on neither. */
    RecordRewriter NONE = new RecordRewriter() {};

    /**
     * Returns the name of an index when the label of its nodes changes. By default it keeps its name.
     *
     * @param from the label before
     * @param to the label afterwards
     */
    default String indexName(String name, String from, String to) {
        return name;
    }

    /** Returns the id of a point with this payload; empty, as by default, if it does not follow from the payload. */
    default Optional<String> pointId(Map<String, Object> payload) {
        return Optional.empty();
    }

    /**
     * Returns the members of the values in a namespace that contain an absolute path or a {@code file://} URI. By default
     * none.
     */
    default Set<String> pathMembers(String namespace) {
        return Set.of();
    }
}
