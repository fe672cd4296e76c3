package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names and forms in which nano-graphrag, the fork of it that has servers for stores, and LightRAG keep what they know.
 */
final class NanoGraphRag {

    static final String DOCUMENTS = "full_docs";
    static final String CHUNKS = "text_chunks";
    static final String REPORTS = "community_reports";
    static final String CACHE = "llm_response_cache";

    /** Those in which any of these systems keeps its key-values. */
    static final Set<String> NAMESPACES = Set.of(
            DOCUMENTS,
            CHUNKS,
            REPORTS,
            CACHE,
            "full_entities",
            "full_relations",
            "entity_chunks",
            "relation_chunks",
            "doc_status");

    private static final String SEPARATOR = "<SEP>";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private NanoGraphRag() {}

    /** What a chunk says of itself; each part may be missing. */
    record Chunk(String content, String document, long index) {}

    /**
     * Whether a collection is the one of this name, with or without a prefix, and as LightRAG calls it, with the model and
     * the size of its vectors behind.
     */
    static boolean isCollection(String collection, String name) {
        return collection.equals(name)
                || collection.endsWith("_" + name)
                || collection.matches("(?:.*_)?" + name + "_.+_\\d+d");
    }

    /** The name of a node: LightRAG has a property for it, the others the id that the store hands out, if it has one. */
    static String nodeName(String id, Map<String, Object> properties) {
        return properties.get("entity_id") instanceof String name ? name : id;
    }

    /** Whether a relationship is of the system itself. The files of networkx know no types. */
    static boolean isOwnRelationship(String type) {
        return type.isEmpty() || type.equals("RELATED") || type.equals("DIRECTED");
    }

    /** The ids in a {@code source_id}. */
    static List<String> sources(Object sourceId) {
        return sourceId instanceof String text
                ? List.of(text.split(SEPARATOR)).stream()
                        .filter(id -> !id.isEmpty())
                        .toList()
                : List.of();
    }

    /** An entity's name as the fork hashes it: without quotes around it. */
    static String bare(String name) {
        return strip(strip(name, '"'), '\'');
    }

    private static String strip(String text, char quote) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == quote) {
            from++;
        }
        while (to > from && text.charAt(to - 1) == quote) {
            to--;
        }
        return text.substring(from, to);
    }

    /** The ids that the node of an entity may have, the likeliest first. */
    static Set<String> nodeIds(String entity) {
        return new LinkedHashSet<>(List.of(entity, "\"" + entity + "\"", bare(entity)));
    }

    static String key(String prefix, String text) {
        try {
            byte[] hash = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return prefix + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    /**
     * Whether a chunk has a key that it may have: made of its text, of its document and its text, or as LightRAG does, of
     * its document and a number.
     */
    static boolean isChunkKey(String key, Chunk chunk) {
        return key.equals(key("chunk-", chunk.content()))
                || key.equals(key("chunk-", chunk.document() + "::" + chunk.content()))
                || chunk.document() != null
                        && key.startsWith(chunk.document() + "-chunk-")
                        && key.substring(chunk.document().length()).matches("-chunk-\\d+");
    }

    /** Takes a member of an object; the parser stands on its value. */
    interface Member {
        void take(String name, JsonParser json) throws IOException;
    }

    /** Reads the members of a JSON object; false for a value that is none, and for {@code null}. */
    static boolean read(byte[] value, Member member) throws IOException {
        if (value == null) {
            return false;
        }
        try (JsonParser json = JSON.createParser(value)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                member.take(name, json);
                // Does nothing unless the parser still stands at the beginning of a list or an object.
                json.skipChildren();
            }
            return json.nextToken() == null;
        } catch (JsonProcessingException | CharConversionException e) {
            return false;
        }
    }

    /** A text, or {@code null} for any other value. */
    static String text(JsonParser json) throws IOException {
        return json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
    }

    /** @return {@code null} for a value that is no JSON object */
    static Chunk chunk(byte[] value) throws IOException {
        String[] texts = new String[3];
        long[] index = {-1};
        boolean whole = read(value, (name, json) -> {
            switch (name) {
                case "content" -> texts[0] = text(json);
                case "doc_id" -> texts[1] = text(json);
                case "full_doc_id" -> texts[2] = text(json);
                case "chunk_order_index" -> {
                    if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
                            && json.getNumberType() == JsonParser.NumberType.INT) {
                        index[0] = json.getIntValue();
                    }
                }
                default -> {
                    // nothing else matters here
                }
            }
        });
        if (!whole) {
            return null;
        }
        // The fork puts a counter there that always stands at 0, and the truth into doc_id.
        boolean counter = texts[2] != null && texts[2].matches("doc-\\d+");
        return new Chunk(texts[0], texts[1] != null ? texts[1] : counter ? null : texts[2], index[0]);
    }
}
