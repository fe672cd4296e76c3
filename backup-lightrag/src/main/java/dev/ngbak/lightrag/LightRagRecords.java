package dev.ngbak.lightrag;

import dev.ngbak.layout.JsonObject;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.spi.support.Utf8;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Interprets records as LightRAG 1.5 writes them, and those that earlier releases left. */
final class LightRagRecords implements RecordInterpreter {

    static final String ENTITY_ID = "entity_id";
    static final String ENTITY_NAME = "entity_name";
    static final String ENTITIES = "entities";
    static final String RELATIONSHIPS = "relationships";
    static final String CHUNKS = "chunks";

    /** The collections in files. */
    static final Set<String> COLLECTIONS = Set.of(ENTITIES, RELATIONSHIPS, CHUNKS);

    private static final String CONTENT = "content";
    private static final String FILE_PATH = "file_path";
    private static final String DOCUMENT_ID = "full_doc_id";
    private static final String CHUNK_INDEX = "chunk_order_index";
    private static final String SOURCE_ID = "source_id";
    private static final String SEPARATOR = "<SEP>";
    private static final String RELATIONSHIP = "DIRECTED";

    /** What an entity or a relationship that a user added by hand has instead of the key of a chunk. */
    private static final Set<String> NO_CHUNK = Set.of("manual_creation", "UNKNOWN");

    private static final Pattern NUMBERED_CHUNK = Pattern.compile("-chunk-\\d+");

    /**
     * The names of collections: in files only a part; in Qdrant with a prefix, and usually with a model and a size. A restore
     * drill uses a prefix of its own.
     */
    private static final Pattern ENTITY_COLLECTION = collection(ENTITIES);

    private static final Pattern CHUNK_COLLECTION = collection(CHUNKS);
    private static final Pattern RELATIONSHIP_COLLECTION = collection(RELATIONSHIPS);

    private static Pattern collection(String name) {
        return Pattern.compile(
                "(?:(?:lightrag_vdb|ngbak_drill_[0-9a-f]+)_)?" + name + "(?:_.+_\\d+d)?", Pattern.DOTALL);
    }

    @Override
    public Optional<String> namespace(EntryKind kind) {
        return switch (kind) {
            case DOCUMENT -> Optional.of(LightRagLayout.DOCUMENTS);
            case CHUNK -> Optional.of(LightRagLayout.CHUNKS);
            case CACHED_ANSWER -> Optional.of(LightRagLayout.CACHE);
            case STATUS -> Optional.of(LightRagLayout.STATUS);
            case ENTITY_CHUNKS -> Optional.of(LightRagLayout.ENTITY_CHUNKS);
            case RELATIONSHIP_CHUNKS -> Optional.of(LightRagLayout.RELATION_CHUNKS);
            case COMMUNITY_REPORT -> Optional.empty();
        };
    }

    @Override
    public Optional<PointKind> pointKind(String collection) {
        return collectionKind(collection).map(kind -> switch (kind) {
            case ENTITIES -> PointKind.ENTITY;
            case RELATIONSHIPS -> PointKind.RELATIONSHIP;
            default -> PointKind.CHUNK;
        });
    }

    /** Returns which of {@link #COLLECTIONS} a collection in any store corresponds to. */
    static Optional<String> collectionKind(String collection) {
        if (ENTITY_COLLECTION.matcher(collection).matches()) {
            return Optional.of(ENTITIES);
        }
        if (RELATIONSHIP_COLLECTION.matcher(collection).matches()) {
            return Optional.of(RELATIONSHIPS);
        }
        return CHUNK_COLLECTION.matcher(collection).matches() ? Optional.of(CHUNKS) : Optional.empty();
    }

    @Override
    public Document document(String key, byte[] value) throws IOException {
        Map<String, Object> members = JsonObject.scalars(value, Set.of(CONTENT, FILE_PATH));
        Optional<String> content = text(members, CONTENT);
        boolean keyIsHash =
                content.filter(text -> key.equals(Keys.md5("doc-", text)) || key.equals(Keys.md5("doc-", text.strip())))
                                .isPresent()
                        || text(members, FILE_PATH)
                                .filter(path -> key.equals(Keys.md5("doc-", path)))
                                .isPresent();
        return new Document(content.isPresent(), keyIsHash);
    }

    @Override
    public Chunk chunk(String key, byte[] value) throws IOException {
        Map<String, Object> members = JsonObject.scalars(value, Set.of(CONTENT, DOCUMENT_ID, CHUNK_INDEX));
        Optional<String> content = text(members, CONTENT);
        Optional<String> document = text(members, DOCUMENT_ID);
        long index = members.get(CHUNK_INDEX) instanceof Integer number ? number : -1;
        boolean isNumbered = document.filter(id -> key.startsWith(id)
                        && NUMBERED_CHUNK.matcher(key.substring(id.length())).matches())
                .isPresent();
        boolean isHash =
                content.filter(text -> key.equals(Keys.md5("chunk-", text))).isPresent();
        return new Chunk(content, document, index, isNumbered || isHash);
    }

    /** Returns an empty report, because LightRAG has none. */
    @Override
    public Report report(String key, byte[] value, ReportReferences references) {
        return new Report(Optional.empty(), false);
    }

    @Override
    public boolean isAnswer(byte[] value) throws IOException {
        return JsonObject.scalars(value, Set.of("return")).containsKey("return");
    }

    @Override
    public List<String> listedChunks(byte[] value) throws IOException {
        return JsonObject.texts(value, Set.of("chunks_list", "chunk_ids")).values().stream()
                .flatMap(List::stream)
                .filter(id -> !NO_CHUNK.contains(id))
                .toList();
    }

    @Override
    public Optional<String> relationshipKey(String node, String other) {
        return Optional.of(pairKey(node, other));
    }

    /** Orders the names as Python does: by code points, which for UTF-8 is the order of the bytes. */
    private static String pairKey(String node, String other) {
        return Utf8.BYTE_ORDER.compare(node, other) <= 0 ? node + SEPARATOR + other : other + SEPARATOR + node;
    }

    /** Every node counts as typed, because LightRAG makes a vector of each, whatever its type. */
    @Override
    public Node node(@Nullable String id, Collection<String> labels, Map<String, Object> properties) {
        Optional<String> name = text(properties, ENTITY_ID).or(() -> Optional.ofNullable(id));
        return new Node(name, true, sources(properties), List.of(), OptionalInt.empty());
    }

    /** Edges of GraphML files have no type. */
    @Override
    public Relationship relationship(String type, Map<String, Object> properties) {
        return new Relationship(type.isEmpty() || type.equals(RELATIONSHIP), sources(properties));
    }

    /** Returns the keys of the chunks that the entity or relationship was found in. */
    private static List<String> sources(Map<String, Object> properties) {
        return text(properties, SOURCE_ID).stream()
                .flatMap(ids -> List.of(ids.split(SEPARATOR)).stream())
                .filter(id -> !id.isEmpty() && !NO_CHUNK.contains(id))
                .toList();
    }

    @Override
    public Point point(@Nullable String id, Map<String, Object> payload) {
        return new PayloadPoint(Optional.ofNullable(id), payload);
    }

    private record PayloadPoint(Optional<String> id, Map<String, Object> payload) implements Point {

        @Override
        public Optional<String> key() {
            return text(payload, "id");
        }

        @Override
        public Optional<String> entity() {
            return text(payload, ENTITY_NAME);
        }

        @Override
        public Optional<String> relationship() {
            Optional<String> target = text(payload, "tgt_id");
            return text(payload, "src_id").flatMap(source -> target.map(other -> pairKey(source, other)));
        }

        @Override
        public Optional<String> document() {
            return text(payload, DOCUMENT_ID);
        }

        @Override
        public boolean keyIsHash() {
            return entity().map(name -> Keys.md5("ent-", name)).equals(key());
        }

        @Override
        public boolean idMatchesKey() {
            Optional<String> workspace = text(payload, LightRagLayout.TENANT);
            return id.isEmpty()
                    || workspace.isEmpty()
                    || key().map(key -> Keys.pointId(workspace.get(), key)).equals(id);
        }
    }

    @Override
    public Set<String> nodeNames(String entity) {
        return Set.of(entity);
    }

    private static Optional<String> text(Map<String, Object> members, String name) {
        return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }
}
