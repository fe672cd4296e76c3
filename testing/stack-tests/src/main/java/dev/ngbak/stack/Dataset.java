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
 * What nano-graphrag (the fork with servers) would have made of some documents, record by record. The same size, variant
 * and seed give the same records, on any machine. Any record can be asked for at any time; only keys are kept in memory.
 *
 * <p>Among the ordinary records are, in every data set, those that backups trip over: see {@link #NAMES} and the first few
 * of each kind.
 */
public final class Dataset {

    static final String SEPARATOR = "<SEP>";
    static final String UNKNOWN = "UNKNOWN";

    /** A community number that no node has. */
    static final int STALE_REPORT = 900_000_000;

    /** Names of entities: trimmed and in upper case, as all are, and otherwise what a language model may come up with. */
    static final List<String> NAMES = List.of(
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

    private static final String ODD = "tab\there, line\nend, \r\n, quote \" and ` and ', \\u0041 \\\\ \\n, " + SEPARATOR
            + " in words, 🚀 𠮷 e\u0301 \u202E rtl שלום, \u0001 \u007F \uFFFF";
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
    private static final int MOST_SOURCES = 5_000;
    /** As in size M; in L a report of all entities would be a value that no heap of 256 MiB holds. */
    private static final int LARGEST_REPORT = 150_000;

    private final Size size;
    private final Variant variant;
    private final long seed;
    private final int dimension;
    private final boolean hybrid;
    private final Prose prose;
    private final byte[][] documentKeys;
    private final byte[][] chunkKeys;
    private final int[] firstChunks;

    /** With vectors of 1536 numbers, and sparse ones beside them. */
    public Dataset(Size size, Variant variant, long seed) {
        this(size, variant, seed, 1536, true);
    }

    /** @param hybrid named vectors, dense and sparse, as {@code ENABLE_HYBRID_SEARCH} makes them; or a single one */
    public Dataset(Size size, Variant variant, long seed, int dimension, boolean hybrid) {
        this.size = size;
        this.variant = variant;
        this.seed = seed;
        this.dimension = dimension;
        this.hybrid = hybrid;
        this.prose = new Prose(seed);
        this.documentKeys = new byte[size.documents()][];
        this.chunkKeys = new byte[size.chunks()][];
        this.firstChunks = new int[size.documents() + 1];
        for (int d = 0; d < size.documents(); d++) {
            // Few documents are long, and all have a chunk.
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

    public Size size() {
        return size;
    }

    public Variant variant() {
        return variant;
    }

    int dimension() {
        return dimension;
    }

    boolean hybrid() {
        return hybrid;
    }

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

    // ---- documents and what hangs on them

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
        String piece = prose.piece(random, size == Size.TINY ? 300 : 4_000 + random.nextInt(2_000));
        // A number makes each one its own.
        return c % 50 == 1 ? piece + ODD + c : piece + " " + c;
    }

    private int documentOf(int c) {
        int found = Arrays.binarySearch(firstChunks, c);
        return found >= 0 ? found : -found - 2;
    }

    String documentKeyOfChunk(int c) {
        return documentKey(documentOf(c));
    }

    /** The value as the fork writes it, with the counter that it takes for the document's id. */
    Map<String, Object> chunk(int c) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("tokens", 1_000 + c % 200);
        value.put("content", chunkText(c));
        value.put("chunk_order_index", c - firstChunks[documentOf(c)]);
        value.put("full_doc_id", "doc-0");
        value.put("doc_id", documentKeyOfChunk(c));
        return value;
    }

    Map<String, Object> orphanChunk() {
        Map<String, Object> value = new LinkedHashMap<>(chunk(0));
        value.put("doc_id", "doc-" + hex(md5("a document that was deleted")));
        return value;
    }

    String cacheKey(int i) {
        return hex(md5("cache " + seed + " " + i));
    }

    Map<String, Object> cached(int i) {
        SplittableRandom random = random("cache", i);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("return", prose.piece(random, size == Size.TINY ? 100 : 1_500 + random.nextInt(4_000)));
        value.put("model", "gpt-4o-mini");
        return value;
    }

    // ---- communities: level by level, every number once

    private int communities(int level) {
        int present = size.reports() - 1;
        int top = Math.max(1, present / 10);
        int middle = Math.max(1, present * 3 / 10);
        return level == 2 ? top : level == 1 ? middle : present - top - middle;
    }

    /** Finest first; none for a few that came after the last clustering. */
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
        return Integer.toString(i == size.reports() - 1 ? STALE_REPORT : i);
    }

    Map<String, Object> report(int i) {
        SplittableRandom random = random("report", i);
        boolean giant = i == 0 && size.giants();
        int top = communities(2);
        int level = i < top ? 0 : i < top + communities(1) ? 1 : 2;
        String summary = prose.piece(random, size == Size.TINY ? 200 : 2_000 + random.nextInt(4_000));
        Map<String, Object> finding = new LinkedHashMap<>();
        finding.put("summary", prose.piece(random, 100));
        finding.put("explanation", summary);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", "Cluster of " + entityName(i % size.entities()));
        json.put("summary", summary);
        // What a language model makes is not always of the type it was asked for.
        json.put("rating", i % 7 == 3 ? "high" : (Object) (random.nextInt(100) / 10.0));
        json.put("rating_explanation", i % 11 == 5 ? null : prose.piece(random, 80));
        json.put("findings", List.of(finding));
        List<String> nodes = new ArrayList<>();
        List<List<String>> edges = new ArrayList<>();
        List<String> chunks = new ArrayList<>();
        for (int n = 0; n < (giant ? Math.min(size.entities(), LARGEST_REPORT) : 8); n++) {
            nodes.add(entityName((int) ((i + (long) n * communities(0)) % size.entities())));
            edges.add(List.of(nodes.get(n), nodes.get(n / 2)));
            chunks.add(chunkKey((i + n) % size.chunks()));
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put(
                "report_string",
                "# " + json.get("title") + "\n\n" + (giant ? prose.piece(random, 5_000_000) : summary) + "\n");
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
        return e < NAMES.size()
                ? NAMES.get(e)
                : prose.word(random("name", e)).toUpperCase(Locale.ROOT) + " "
                        + Integer.toString(e, 36).toUpperCase(Locale.ROOT);
    }

    String entityKey(int e) {
        return entityKey(entityName(e));
    }

    static String entityKey(String name) {
        return "ent-" + hex(md5(stripped(stripped(name, '"'), '\'')));
    }

    private static String stripped(String text, char quote) {
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
        return e % 40 == 39 ? UNKNOWN : TYPES[e % TYPES.length];
    }

    /** The second label, as the fork makes it of a type. */
    static String typeLabel(String type) {
        String label = type.replaceAll("^\"+|\"+$", "").replaceAll("[^A-Za-z0-9_]", "_");
        return label.isEmpty() ? UNKNOWN : Character.isDigit(label.charAt(0)) ? "_" + label : label;
    }

    String entityDescription(int e) {
        SplittableRandom random = random("entity", e);
        if (e == 0 && size.giants()) {
            return prose.piece(random, 200_000);
        }
        String first = prose.piece(random, 100 + random.nextInt(400));
        return e % 20 == 2 ? first + SEPARATOR + ODD : e % 3 == 0 ? first + SEPARATOR + prose.piece(random, 80) : first;
    }

    /** Hubs have thousands, unless an index on the property forbids it. */
    private String sources(int e) {
        int most = variant == Variant.CLEAN ? 100 : MOST_SOURCES;
        int count = Math.max(1, Math.min(Math.min(most, size.chunks()), size.chunks() / (e + 1)));
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
        properties.put("source_id", sources(e));
        properties.put("has_vector", false);
        List<Long> communities = communityIds(e);
        if (communities != null) {
            properties.put("communityIds", communities);
        }
        return properties;
    }

    boolean hasTwin(int e) {
        return variant == Variant.FORK && e % 5 != 4;
    }

    Map<String, Object> twin(int e) {
        return node(e, UNKNOWN, prose.piece(random("twin", e), 120));
    }

    /** The ends of a relationship. Few entities have many, the last has none. */
    int[] ends(int r) {
        switch (r) {
            case 0:
                return new int[] {1, 1};
            case 1, 2:
                return new int[] {2, 3};
            case 3:
                return new int[] {3, 2};
            default:
                SplittableRandom random = random("ends", r);
                return new int[] {rank(random), rank(random)};
        }
    }

    private int rank(SplittableRandom random) {
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
        String description = prose.piece(random, 100 + random.nextInt(300));
        properties.put("description", r % 25 == 9 ? description + SEPARATOR + ODD : description);
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

    /** Whole numbers, quick to write: Qdrant makes unit vectors of them, which use every bit of a float. */
    int[] dense(String collection, int number) {
        SplittableRandom random = random(collection, number);
        int[] vector = new int[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = random.nextInt(-99_999, 100_000);
        }
        return vector;
    }

    /** Ascending indices of a vocabulary. */
    int[] sparse(String kind, int number, int least, int most) {
        SplittableRandom random = random(kind, number);
        Set<Integer> indices = new LinkedHashSet<>();
        int count = random.nextInt(least, most + 1);
        while (indices.size() < count) {
            indices.add(random.nextInt(30_522));
        }
        return indices.stream().mapToInt(Integer::intValue).sorted().toArray();
    }
}
