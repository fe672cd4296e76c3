package dev.ngbak.stack;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Generates the records that nano-graphrag (the fork that uses servers) would create from a set of documents. The same size,
 * variant and seed give the same records on any machine. Each record is generated on request; only keys stay in memory.
 *
 * <p>Every data set includes records that are hard to back up: see {@link #AWKWARD_NAMES} and the first few records of each
 * kind. Instances are immutable and safe for use by several threads.
 */
public final class Dataset {

    static final String SEPARATOR = "<SEP>";
    static final String UNKNOWN_TYPE = "UNKNOWN";

    /** The community number of a report that no node refers to. */
    static final int STALE_COMMUNITY = 900_000_000;

    /** Entity names that a language model may return, trimmed and in upper case as nano-graphrag stores them. */
    static final List<String> AWKWARD_NAMES = List.of(
            "ALICE",
            "EXECUTIVE ORDER 14028",
            "ÉLYSÉE",
            "E\u0301LYSE\u0301E",
            "THE \"QUOTED\" NAME",
            "\"QUOTES AROUND\"",
            "O'NEIL & SONS",
            "BACK`QUOTE``S",
            "LEFT" + SEPARATOR + "RIGHT",
            "ROCKET 🚀 👩‍👩‍👧",
            "שלום עולם",
            "مرحبا \u202EABC",
            "𝒳 𠮷野家",
            "BACK\\SLASH \\U0041 \\u0060 \\N",
            "{\"A\": [1, 2]}",
            "$ROWS ${X} {{Y}} %41 ../..",
            "'); MATCH (N) DETACH DELETE N //",
            "NULL",
            "NO\u00A0BREAK\u200BZERO\uFEFF",
            "ﬁ ﬀ Ǆ İ ŉ",
            "LONG ".repeat(80) + "NAME");

    private static final String AWKWARD_TEXT = "tab\there, line\nend, \r\n, quote \" and ` and ', \\u0041 \\\\ \\n, "
            + SEPARATOR + " in words, 🚀 𠮷 e\u0301 \u202E rtl שלום, \u0001 \u007F \uFFFF";
    private static final String[] TYPES = {
        "PERSON",
        "ORGANIZATION",
        "GEO",
        "EVENT",
        "concept",
        "LAW",
        "DATE",
        "Executive Order",
        "3d-model",
        "ÉVÉNEMENT",
        "\"product\""
    };
    private static final String[] RELATIONS = {"RELATED", "SUPERSEDES", "AMENDS", "PART_OF", "WORKS_FOR"};
    private static final int MAX_SOURCES = 5_000;
    /** The number of entities in size M. In size L, a report on all entities would not fit into a heap of 256 MiB. */
    private static final int MAX_REPORT_ENTITIES = 150_000;

    private final DatasetSize size;
    private final GraphVariant variant;
    private final long seed;
    private final int dimension;
    private final boolean hybrid;
    private final TextGenerator text;
    private final byte[][] documentKeys;
    private final byte[][] chunkKeys;
    private final int[] firstChunks;

    /** Creates a data set with dense vectors of 1536 dimensions and sparse vectors. */
    public Dataset(DatasetSize size, GraphVariant variant, long seed) {
        this(size, variant, seed, 1536, true);
    }

    /**
     * Creates a data set.
     *
     * @param dimension the number of dimensions of a dense vector
     * @param hybrid whether each point has named dense and sparse vectors, as with {@code ENABLE_HYBRID_SEARCH}, instead of
     *     one unnamed dense vector
     */
    public Dataset(DatasetSize size, GraphVariant variant, long seed, int dimension, boolean hybrid) {
        this.size = size;
        this.variant = variant;
        this.seed = seed;
        this.dimension = dimension;
        this.hybrid = hybrid;
        this.text = new TextGenerator(seed);
        this.documentKeys = new byte[size.documents()][];
        this.chunkKeys = new byte[size.chunks()][];
        this.firstChunks = new int[size.documents() + 1];
        for (int d = 0; d < size.documents(); d++) {
            // A few documents are long. Each has at least one chunk.
            firstChunks[d + 1] = d + 1 == size.documents()
                    ? size.chunks()
                    : Math.max(firstChunks[d] + 1, (int)
                            (size.chunks() * Math.pow((d + 1.0) / size.documents(), 2 / 3.0)));
            documentKeys[d] = md5(documentText(d));
            String prefix = documentKey(d) + "::";
            for (int c = firstChunks[d]; c < firstChunks[d + 1]; c++) {
                chunkKeys[c] = md5(prefix + chunkText(c));
            }
        }
    }

    public DatasetSize size() {
        return size;
    }

    public GraphVariant variant() {
        return variant;
    }

    int dimension() {
        return dimension;
    }

    boolean hybrid() {
        return hybrid;
    }

    /** Returns a generator that depends only on the seed, the kind of record and its number. */
    private SplittableRandom random(String kind, int number) {
        long mixed = seed * 31 + kind.hashCode();
        return new SplittableRandom(mixed * 0x9E3779B97F4A7C15L + number);
    }

    private static byte[] md5(String text) {
        try {
            return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    // ---- documents, chunks and cached answers

    String documentKey(int d) {
        return "doc-" + hex(documentKeys[d]);
    }

    Map<String, Object> document(int d) {
        return Map.of("content", documentText(d));
    }

    private String documentText(int d) {
        StringBuilder text = new StringBuilder();
        for (int c = firstChunks[d]; c < firstChunks[d + 1]; c++) {
            text.append(chunkText(c)).append("\n\n");
        }
        return text.toString();
    }

    String chunkKey(int c) {
        return "chunk-" + hex(chunkKeys[c]);
    }

    String chunkText(int c) {
        SplittableRandom random = random("chunk", c);
        String piece = text.excerpt(random, size == DatasetSize.TINY ? 300 : 4_000 + random.nextInt(2_000));
        // The number makes each chunk unique.
        return c % 50 == 1 ? piece + AWKWARD_TEXT + c : piece + " " + c;
    }

    private int documentOf(int c) {
        int found = Arrays.binarySearch(firstChunks, c);
        return found >= 0 ? found : -found - 2;
    }

    String documentKeyOfChunk(int c) {
        return documentKey(documentOf(c));
    }

    /** Returns the value as the fork writes it: {@code full_doc_id} is a counter, and not the document's id. */
    Map<String, Object> chunk(int c) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("tokens", 1_000 + c % 200);
        value.put("content", chunkText(c));
        value.put("chunk_order_index", c - firstChunks[documentOf(c)]);
        value.put("full_doc_id", "doc-0");
        value.put("doc_id", documentKeyOfChunk(c));
        return value;
    }

    /** Returns a chunk whose document does not exist. */
    Map<String, Object> orphanChunk() {
        Map<String, Object> value = new LinkedHashMap<>(chunk(0));
        value.put("doc_id", "doc-" + hex(md5("a document that was deleted")));
        return value;
    }

    String cacheKey(int i) {
        return hex(md5("cache " + seed + " " + i));
    }

    Map<String, Object> cachedAnswer(int i) {
        SplittableRandom random = random("cache", i);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("return", text.excerpt(random, size == DatasetSize.TINY ? 100 : 1_500 + random.nextInt(4_000)));
        value.put("model", "gpt-4o-mini");
        return value;
    }

    // ---- communities: numbers are unique across levels

    /** Returns the number of communities at a level; 0 is the finest. */
    private int communities(int level) {
        int total = size.reports() - 1;
        int top = Math.max(1, total / 10);
        int middle = Math.max(1, total * 3 / 10);
        return level == 2 ? top : level == 1 ? middle : total - top - middle;
    }

    /** Returns the communities, finest first, or {@code null} for an entity that was added after the last clustering. */
    List<Long> communityIds(int entity) {
        if (entity % 97 == 96) {
            return null;
        }
        int finest = entity % communities(0);
        int middle = finest % communities(1);
        int top = middle % communities(2);
        return List.of((long) communities(2) + communities(1) + finest, (long) communities(2) + middle, (long) top);
    }

    String reportKey(int i) {
        return Integer.toString(i == size.reports() - 1 ? STALE_COMMUNITY : i);
    }

    Map<String, Object> report(int i) {
        SplittableRandom random = random("report", i);
        boolean huge = i == 0 && size.hugeValues();
        int top = communities(2);
        int level = i < top ? 0 : i < top + communities(1) ? 1 : 2;
        String summary = text.excerpt(random, size == DatasetSize.TINY ? 200 : 2_000 + random.nextInt(4_000));
        Map<String, Object> finding = new LinkedHashMap<>();
        finding.put("summary", text.excerpt(random, 100));
        finding.put("explanation", summary);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", "Cluster of " + entityName(i % size.entities()));
        json.put("summary", summary);
        // A language model does not always return the requested type.
        json.put("rating", i % 7 == 3 ? "high" : (Object) (random.nextInt(100) / 10.0));
        json.put("rating_explanation", i % 11 == 5 ? null : text.excerpt(random, 80));
        json.put("findings", List.of(finding));
        List<String> nodes = new ArrayList<>();
        List<List<String>> edges = new ArrayList<>();
        List<String> chunks = new ArrayList<>();
        for (int n = 0; n < (huge ? Math.min(size.entities(), MAX_REPORT_ENTITIES) : 8); n++) {
            nodes.add(entityName((int) ((i + (long) n * communities(0)) % size.entities())));
            edges.add(List.of(nodes.get(n), nodes.get(n / 2)));
            chunks.add(chunkKey((i + n) % size.chunks()));
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put(
                "report_string",
                "# " + json.get("title") + "\n\n" + (huge ? text.excerpt(random, 5_000_000) : summary) + "\n");
        value.put("report_json", json);
        value.put("level", level);
        value.put("title", "Cluster " + reportKey(i));
        value.put("edges", edges);
        value.put("nodes", nodes);
        value.put("chunk_ids", chunks);
        value.put("occurrence", i == 1 ? Double.NaN : i == 2 ? Double.POSITIVE_INFINITY : random.nextDouble());
        value.put("sub_communities", level == 2 ? List.of() : List.of(Integer.toString(i + top)));
        return value;
    }

    // ---- the graph

    String entityName(int e) {
        return e < AWKWARD_NAMES.size()
                ? AWKWARD_NAMES.get(e)
                : text.word(random("name", e)).toUpperCase(Locale.ROOT) + " "
                        + Integer.toString(e, 36).toUpperCase(Locale.ROOT);
    }

    String entityKey(int e) {
        return entityKey(entityName(e));
    }

    static String entityKey(String name) {
        return "ent-" + hex(md5(stripQuotes(stripQuotes(name, '"'), '\'')));
    }

    private static String stripQuotes(String text, char quote) {
        int start = 0;
        int end = text.length();
        while (start < end && text.charAt(start) == quote) {
            start++;
        }
        while (end > start && text.charAt(end - 1) == quote) {
            end--;
        }
        return text.substring(start, end);
    }

    String entityType(int e) {
        return e % 40 == 39 ? UNKNOWN_TYPE : TYPES[e % TYPES.length];
    }

    /** Returns a node's second label, which the fork derives from the entity type. */
    static String typeLabel(String type) {
        String label = type.replaceAll("^\"+|\"+$", "").replaceAll("[^A-Za-z0-9_]", "_");
        return label.isEmpty() ? UNKNOWN_TYPE : Character.isDigit(label.charAt(0)) ? "_" + label : label;
    }

    String entityDescription(int e) {
        SplittableRandom random = random("entity", e);
        if (e == 0 && size.hugeValues()) {
            return text.excerpt(random, 200_000);
        }
        String first = text.excerpt(random, 100 + random.nextInt(400));
        return e % 20 == 2
                ? first + SEPARATOR + AWKWARD_TEXT
                : e % 3 == 0 ? first + SEPARATOR + text.excerpt(random, 80) : first;
    }

    /** Returns the chunks of an entity. Hubs have thousands, unless an index limits the length of the property. */
    private String sourceIds(int e) {
        int max = variant == GraphVariant.CLEAN ? 100 : MAX_SOURCES;
        int count = Math.max(1, Math.min(Math.min(max, size.chunks()), size.chunks() / (e + 1)));
        StringBuilder ids = new StringBuilder();
        int start = random("source", e).nextInt(size.chunks());
        for (int n = 0; n < count; n++) {
            ids.append(n == 0 ? "" : SEPARATOR).append(chunkKey((start + n) % size.chunks()));
        }
        return ids.toString();
    }

    Map<String, Object> entity(int e) {
        return node(e, entityType(e), entityDescription(e));
    }

    private Map<String, Object> node(int e, String type, String description) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("id", entityName(e));
        properties.put("entity_type", type);
        properties.put("description", description);
        properties.put("source_id", sourceIds(e));
        properties.put("has_vector", false);
        List<Long> communities = communityIds(e);
        if (communities != null) {
            properties.put("communityIds", communities);
        }
        return properties;
    }

    /** Returns whether the graph contains a second node with the same id. */
    boolean hasDuplicate(int e) {
        return variant == GraphVariant.FORK && e % 5 != 4;
    }

    Map<String, Object> duplicate(int e) {
        return node(e, UNKNOWN_TYPE, text.excerpt(random("twin", e), 120));
    }

    /** Returns the start and end entity of a relationship. A few entities have many relationships; the last one has none. */
    int[] endpoints(int r) {
        switch (r) {
            case 0:
                return new int[] {1, 1};
            case 1, 2:
                return new int[] {2, 3};
            case 3:
                return new int[] {3, 2};
            default:
                SplittableRandom random = random("ends", r);
                return new int[] {skewedEntity(random), skewedEntity(random)};
        }
    }

    /** Returns a random entity. Low numbers are far more frequent than high ones. */
    private int skewedEntity(SplittableRandom random) {
        return (int) Math.pow(size.entities(), random.nextDouble()) - 1;
    }

    Map<String, Object> relationship(int r) {
        SplittableRandom random = random("relationship", r);
        Map<String, Object> properties = new LinkedHashMap<>();
        Object weight =
                switch (r) {
                    case 4 -> Double.NaN;
                    case 5 -> Double.POSITIVE_INFINITY;
                    case 6 -> Double.NEGATIVE_INFINITY;
                    case 7 -> -0.0;
                    case 8 -> 7L;
                    default -> random.nextInt(1, 100) / 10.0;
                };
        properties.put("weight", weight);
        String description = text.excerpt(random, 100 + random.nextInt(300));
        properties.put("description", r % 25 == 9 ? description + SEPARATOR + AWKWARD_TEXT : description);
        properties.put("source_id", chunkKey(random.nextInt(size.chunks())));
        properties.put("order", 1L);
        properties.put("relation_type", RELATIONS[random.nextInt(RELATIONS.length)]);
        return properties;
    }

    // ---- vectors

    Map<String, Object> entityPayload(int e) {
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("id", entityKey(e));
        String description = entityDescription(e);
        payload.put(
                "content",
                entityName(e) + " [" + entityType(e) + "] "
                        + description.substring(0, Math.min(3_000, description.length())));
        payload.put("entity_name", entityName(e));
        payload.put("entity_type", entityType(e));
        return payload;
    }

    Map<String, Object> chunkPayload(int c) {
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("id", chunkKey(c));
        payload.put("content", chunkText(c));
        payload.put("doc_id", documentKeyOfChunk(c));
        return payload;
    }

    /** Returns integers, which are fast to write. Qdrant normalises them to unit vectors, which use every bit of a float. */
    int[] dense(String collection, int number) {
        SplittableRandom random = random(collection, number);
        int[] vector = new int[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = random.nextInt(-99_999, 100_000);
        }
        return vector;
    }

    /** Returns between {@code min} and {@code max} ascending indices into a vocabulary. */
    int[] sparse(String kind, int number, int min, int max) {
        SplittableRandom random = random(kind, number);
        Set<Integer> indices = new LinkedHashSet<>();
        int count = random.nextInt(min, max + 1);
        while (indices.size() < count) {
            indices.add(random.nextInt(30_522));
        }
        return indices.stream().mapToInt(Integer::intValue).sorted().toArray();
    }
}
