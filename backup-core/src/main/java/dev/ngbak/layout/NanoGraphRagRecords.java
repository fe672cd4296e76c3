package dev.ngbak.layout;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Interprets records as nano-graphrag, its fork that keeps state on servers, and LightRAG write them. Every record may
 * have the form of any of the three, because a system that was migrated from one to another contains records of both.
 */
final class NanoGraphRagRecords implements RecordInterpreter {

    static final String ENTITY_ID = "entity_id";
    static final String ENTITY_NAME = "entity_name";
    static final String ENTITY_COLLECTION = "entities";
    static final String COMMUNITY_IDS = "communityIds";
    static final String CLUSTERS = "clusters";
    static final String CLUSTER = "cluster";

    private static final String CONTENT = "content";
    private static final String DOCUMENT_ID = "doc_id";
    private static final String FULL_DOCUMENT_ID = "full_doc_id";
    private static final String FILE_PATH = "file_path";
    private static final String CHUNK_INDEX = "chunk_order_index";
    private static final String SOURCE_ID = "source_id";
    private static final Pattern SEPARATOR = Pattern.compile("<SEP>");
    static final String ENTITY_TYPE = "entity_type";
    static final String UNKNOWN_TYPE = "UNKNOWN";
    private static final Set<String> OWN_RELATIONSHIPS = Set.of("RELATED", "DIRECTED");

    /** The names of collections, with or without a prefix, and as LightRAG extends them by a model and a dimension. */
    private static final Pattern ENTITIES = collection(ENTITY_COLLECTION);

    private static final String CHUNK_COLLECTION = "chunks";
    private static final Pattern CHUNKS = collection(CHUNK_COLLECTION);

    /** The fork writes a counter that never advances into {@code full_doc_id}, and the actual id into {@code doc_id}. */
    private static final Pattern DOCUMENT_COUNTER = Pattern.compile("doc-\\d+");

    private static final Pattern NUMBERED_CHUNK = Pattern.compile("-chunk-\\d+");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private static Pattern collection(String name) {
        return Pattern.compile("(?:.*_)?" + name + "(?:_.+_\\d+d)?", Pattern.DOTALL);
    }

    @Override
    public Optional<String> namespace(EntryKind kind) {
        return switch (kind) {
            case DOCUMENT -> Optional.of(NanoGraphRagLayout.DOCUMENTS);
            case CHUNK -> Optional.of(NanoGraphRagLayout.CHUNKS);
            case COMMUNITY_REPORT -> Optional.of(NanoGraphRagLayout.REPORTS);
            case CACHED_ANSWER -> Optional.of(NanoGraphRagLayout.CACHE);
            case STATUS, ENTITY_CHUNKS, RELATIONSHIP_CHUNKS -> Optional.empty();
        };
    }

    @Override
    public Optional<PointKind> pointKind(String collection) {
        return collectionKind(collection)
                .map(kind -> kind.equals(ENTITY_COLLECTION) ? PointKind.ENTITY : PointKind.CHUNK);
    }

    /** Returns which of the collections in the package's files a collection in any store corresponds to. */
    static Optional<String> collectionKind(String collection) {
        if (ENTITIES.matcher(collection).matches()) {
            return Optional.of(ENTITY_COLLECTION);
        }
        return CHUNKS.matcher(collection).matches() ? Optional.of(CHUNK_COLLECTION) : Optional.empty();
    }

    /** Returns the id of a point, as the fork derives it from the key. */
    static String pointId(String key) {
        return Long.toUnsignedString(XxHash64.of(key.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public Document document(String key, byte[] value) throws IOException {
        Map<String, Object> members = JsonObject.scalars(value, Set.of(CONTENT, FILE_PATH));
        if (!(members.get(CONTENT) instanceof String content)) {
            return new Document(false, false);
        }
        boolean keyIsHash = key.equals(hashedKey("doc-", content))
                || key.equals(hashedKey("doc-", content.strip()))
                || members.get(FILE_PATH) instanceof String path && key.equals(hashedKey("doc-", path));
        return new Document(true, keyIsHash);
    }

    @Override
    public Chunk chunk(String key, byte[] value) throws IOException {
        Map<String, Object> members =
                JsonObject.scalars(value, Set.of(CONTENT, DOCUMENT_ID, FULL_DOCUMENT_ID, CHUNK_INDEX));
        Optional<String> content = text(members, CONTENT);
        Optional<String> document = text(members, DOCUMENT_ID)
                .or(() -> text(members, FULL_DOCUMENT_ID)
                        .filter(id -> !DOCUMENT_COUNTER.matcher(id).matches()));
        long index = members.get(CHUNK_INDEX) instanceof Integer number ? number : -1;
        boolean keyIsHash = content.isPresent() && isChunkKey(key, content.get(), document);
        return new Chunk(content, document, index, keyIsHash);
    }

    /**
     * Returns whether a key is one that a system derives from the chunk. LightRAG numbers the chunks of a document; the
     * others hash the text, alone or after the document's id.
     */
    private static boolean isChunkKey(String key, String content, Optional<String> document) {
        if (key.equals(hashedKey("chunk-", content))) {
            return true;
        }
        return document.filter(id -> key.equals(hashedKey("chunk-", id + "::" + content))
                        || key.startsWith(id)
                                && NUMBERED_CHUNK
                                        .matcher(key.substring(id.length()))
                                        .matches())
                .isPresent();
    }

    @Override
    public Report report(String key, byte[] value, ReportReferences references) throws IOException {
        ReportReader reader = new ReportReader(references);
        boolean isObject = JsonObject.read(value, reader);
        Optional<String> title = isObject ? reader.title : Optional.empty();
        return new Report(title, title.filter(("Cluster " + key)::equals).isPresent());
    }

    private static final class ReportReader implements JsonObject.Member {

        private final ReportReferences references;
        private Optional<String> title = Optional.empty();

        ReportReader(ReportReferences references) {
            this.references = references;
        }

        @Override
        public void read(String name, JsonParser json) throws IOException {
            switch (name) {
                case "title" ->
                    title = json.currentToken() == JsonToken.VALUE_STRING
                            ? Optional.of(json.getText())
                            : Optional.empty();
                case "nodes", "edges" -> JsonObject.forEachText(json, references::node);
                case "chunk_ids" -> JsonObject.forEachText(json, references::chunk);
                case "sub_communities" -> JsonObject.forEachText(json, references::report);
                default -> {
                    // The text of the report refers to nothing.
                }
            }
        }
    }

    @Override
    public boolean isAnswer(byte[] value) throws IOException {
        return JsonObject.scalars(value, Set.of("return")).containsKey("return");
    }

    @Override
    public Node node(String id, Collection<String> labels, Map<String, Object> properties) {
        // LightRAG has a property for the name. The others name the node by the id that the plugin shows.
        Optional<String> name = text(properties, ENTITY_ID).or(() -> Optional.ofNullable(id));
        List<String> communities = new ArrayList<>();
        OptionalInt levels = OptionalInt.empty();
        if (properties.get(COMMUNITY_IDS) instanceof List<?> ids) {
            ids.forEach(community -> communities.add(String.valueOf(community)));
            levels = OptionalInt.of(ids.size());
        }
        if (properties.get(CLUSTERS) instanceof String clusters) {
            addClusters(clusters, communities);
        }
        return new Node(name, isTyped(labels, properties), sources(properties), communities, levels);
    }

    private static boolean isTyped(Collection<String> labels, Map<String, Object> properties) {
        boolean unknown = properties.get(ENTITY_TYPE) instanceof String type
                ? withoutQuotes(type).equalsIgnoreCase(UNKNOWN_TYPE)
                : labels.contains(UNKNOWN_TYPE);
        return !unknown;
    }

    /** GraphML files contain a JSON text: an array of levels, each with its cluster. */
    private static void addClusters(String text, List<String> communities) {
        byte[] object = ("{\"" + CLUSTERS + "\":" + text + "}").getBytes(StandardCharsets.UTF_8);
        try {
            JsonObject.read(object, (member, json) -> {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        String name = json.currentName();
                        if (json.nextToken().isScalarValue() && name.equals(CLUSTER)) {
                            communities.add(json.getText());
                        }
                        json.skipChildren();
                    }
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory cannot fail to be read", e);
        }
    }

    @Override
    public Relationship relationship(String type, Map<String, Object> properties) {
        // Edges of GraphML files have no type.
        return new Relationship(type.isEmpty() || OWN_RELATIONSHIPS.contains(type), sources(properties));
    }

    private static List<String> sources(Map<String, Object> properties) {
        return properties.get(SOURCE_ID) instanceof String ids
                ? SEPARATOR.splitAsStream(ids).filter(id -> !id.isEmpty()).toList()
                : List.of();
    }

    @Override
    public Point point(String id, Map<String, Object> payload) {
        return new PayloadPoint(id, payload);
    }

    private record PayloadPoint(String id, Map<String, Object> payload) implements Point {

        @Override
        public Optional<String> key() {
            return text(payload, "id");
        }

        @Override
        public Optional<String> entity() {
            return text(payload, ENTITY_NAME);
        }

        @Override
        public Optional<String> document() {
            return text(payload, DOCUMENT_ID);
        }

        @Override
        public boolean keyIsHash() {
            return key().isPresent()
                    && entity().filter(name -> key().get().equals(hashedKey("ent-", name))
                                    || key().get().equals(hashedKey("ent-", withoutQuotes(name))))
                            .isPresent();
        }

        /**
         * Returns false only for a numeric id that does not derive from the key. Programs other than the fork use
         * random UUIDs.
         */
        @Override
        public boolean idMatchesKey() {
            if (id == null || !NUMBER.matcher(id).matches()) {
                return true;
            }
            return id.equals(pointId(key().orElse("")));
        }
    }

    @Override
    public Set<String> nodeNames(String entity) {
        return new LinkedHashSet<>(List.of(entity, "\"" + entity + "\"", withoutQuotes(entity)));
    }

    /** Returns a name without the quotes around it, as the fork hashes it. */
    static String withoutQuotes(String name) {
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

    /** Returns a prefix and the hexadecimal MD5 of a text. */
    static String hashedKey(String prefix, String text) {
        try {
            byte[] hash = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return prefix + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    private static Optional<String> text(Map<String, Object> members, String name) {
        return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }
}
