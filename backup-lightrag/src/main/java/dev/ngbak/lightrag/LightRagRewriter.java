package dev.ngbak.lightrag;

import dev.ngbak.layout.RecordRewriter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Derives what LightRAG derives from the name of a workspace. */
final class LightRagRewriter implements RecordRewriter {

    /** LightRAG searches this index by its name. */
    private static final String FULL_TEXT_INDEX = "entity_id_fulltext_idx_";

    /** The folder with the parsed form of a document, as a URI. */
    private static final String PARSED = "sidecar_location";

    @Override
    public String indexName(String name, String from, String to) {
        return name.equals(FULL_TEXT_INDEX + suffix(from)) ? FULL_TEXT_INDEX + suffix(to) : name;
    }

    /** Returns a label as LightRAG writes it in the name of an index. */
    private static String suffix(String label) {
        String suffix = label.replaceAll("[^A-Za-z0-9_]+", "_").replaceAll("^_+|_+$", "");
        if (suffix.isEmpty()) {
            return "base";
        }
        return Character.isDigit(suffix.charAt(0)) ? "ws_" + suffix : suffix;
    }

    @Override
    public Optional<String> pointId(Map<String, Object> payload) {
        return payload.get(LightRagLayout.TENANT) instanceof String workspace && payload.get("id") instanceof String key
                ? Optional.of(Keys.pointId(workspace, key))
                : Optional.empty();
    }

    @Override
    public Set<String> pathMembers(String namespace) {
        return namespace.equals(LightRagLayout.DOCUMENTS) ? Set.of(PARSED) : Set.of();
    }
}
