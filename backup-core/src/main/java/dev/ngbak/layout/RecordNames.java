package dev.ngbak.layout;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names of fields that plugins need to show records.
 *
 * @param nodeIds properties that contain the id of a node in a property graph, in order of precedence
 * @param communityIds the property of a node that lists its community on each level, in a property graph; empty if the
 *     system does not store communities there
 * @param clusters the attribute of a node that lists its communities as JSON, in a graph file; empty if there is none
 * @param cluster the member of one of {@code clusters} that contains the id of a community
 * @param entityName the payload field of a point that contains the name of its entity
 * @param namespaces the namespaces of the key-value store
 * @param foreignKeyPrefixes prefixes of keys that the system itself writes outside the scope; such keys are no sign of
 *     a wrong scope
 */
public record RecordNames(
        List<String> nodeIds,
        Optional<String> communityIds,
        Optional<String> clusters,
        String cluster,
        String entityName,
        Set<String> namespaces,
        List<String> foreignKeyPrefixes) {

    public RecordNames {
        nodeIds = List.copyOf(nodeIds);
        namespaces = Set.copyOf(namespaces);
        foreignKeyPrefixes = List.copyOf(foreignKeyPrefixes);
    }
}
