package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ngbak.engine.NanoGraphRag.Chunk;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Takes the records of a system's stores, the key-values first, then the graph, then the vectors, and finds references
 * that lead nowhere. Where nano-graphrag, its fork and LightRAG differ, a record may be as any makes it.
 */
final class Check implements RecordVisitor, AutoCloseable {

    private static final int SAMPLES = 5;
    private static final int LONGEST_SHOWN = 100;
    private static final int MOST_LEVELS = 1_000;

    /** The record itself was seen. */
    private static final long EXISTS = 1;
    /** Something of the graph refers to it: to a report, the community of a node. */
    private static final long IN_GRAPH = 2;
    /** A report names it. */
    private static final long REPORTED = 4;
    /** It has a vector. */
    private static final long HAS_VECTOR = 8;
    /** Of a node: it has a type. */
    private static final long TYPED = 16;

    /** Where and how a rule does not hold. Made only where it is wanted. */
    private interface Sample {
        String text() throws IOException;
    }

    private static final class Broken {
        private final List<String> samples = new ArrayList<>();
        private long count;
    }

    private final IdTable.Names names;
    private final IdTable documents;
    private final IdTable chunks;
    private final IdTable reports;
    private final IdTable nodes;
    private final IdTable numbers;
    private final int expectedDimension;
    private final Map<Role, String> unseen = new EnumMap<>(Role.class);
    private final Map<CheckRule, Broken> broken = new EnumMap<>(CheckRule.class);
    private final Map<String, Long> seen = new LinkedHashMap<>();
    private final Map<Integer, Long> levels = new TreeMap<>();
    private final Map<Integer, String> levelSamples = new TreeMap<>();
    /** How many records each rule was about. */
    private final Map<CheckRule, Long> looked = new EnumMap<>(CheckRule.class);

    /** Values that a rule would have looked into, by why it could not. */
    private long tooLong;

    private final Map<String, Long> composites = new TreeMap<>();

    private String collection = "";
    private Map<String, Integer> dimensions = Map.of();
    private boolean hasChunks;

    /**
     * @param scratch a folder for temporary files
     * @param expectedDimension of the vectors of entities and chunks, or 0 where none is expected
     */
    Check(Path scratch, int expectedDimension) throws IOException {
        this.expectedDimension = expectedDimension;
        names = new IdTable.Names(scratch);
        documents = new IdTable(scratch, names);
        chunks = new IdTable(scratch, names);
        reports = new IdTable(scratch, names);
        nodes = new IdTable(scratch, names);
        numbers = new IdTable(scratch, names);
        for (String sort : List.of(
                "documents",
                "chunks",
                "community_reports",
                "nodes",
                "relationships",
                "entity_vectors",
                "chunk_vectors")) {
            seen.put(sort, 0L);
        }
    }

    /** Says that a store's records are not to be had, and why. */
    void leaveOut(Role role, String why) {
        unseen.put(role, why);
    }

    // ---- key-values

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
        if (value == null && isLookedInto(namespace)) {
            tooLong++;
        }
        keyed(namespace, key, value);
    }

    @Override
    public void composite(String namespace, String key, String type, long expires) throws IOException {
        if (isLookedInto(namespace)) {
            composites.merge(type, 1L, Long::sum);
        }
        keyed(namespace, key, null);
    }

    private static boolean isLookedInto(String namespace) {
        return List.of(NanoGraphRag.DOCUMENTS, NanoGraphRag.CHUNKS, NanoGraphRag.REPORTS, NanoGraphRag.CACHE)
                .contains(namespace);
    }

    private void keyed(String namespace, String key, byte[] value) throws IOException {
        switch (namespace) {
            case NanoGraphRag.DOCUMENTS -> document(key, value);
            case NanoGraphRag.CHUNKS -> chunk(key, value);
            case NanoGraphRag.REPORTS -> report(key, value);
            case NanoGraphRag.CACHE -> cached(key, value);
            default -> {
                // of another system, or nothing that anything refers to
            }
        }
    }

    private void document(String key, byte[] value) throws IOException {
        count("documents");
        looks(CheckRule.R5);
        documents.flag(documents.add(key), EXISTS);
        if (value != null) {
            looks(CheckRule.R1);
            String[] content = new String[1];
            String[] path = new String[1];
            boolean whole = NanoGraphRag.read(value, (name, json) -> {
                switch (name) {
                    case "content" -> content[0] = NanoGraphRag.text(json);
                    case "file_path" -> path[0] = NanoGraphRag.text(json);
                    default -> {
                        // the key is not made of it
                    }
                }
            });
            if (!whole || content[0] == null) {
                breaks(CheckRule.R1, key + " has no content");
            } else if (!key.equals(NanoGraphRag.key("doc-", content[0]))
                    && !key.equals(NanoGraphRag.key("doc-", content[0].strip()))
                    && (path[0] == null || !key.equals(NanoGraphRag.key("doc-", path[0])))) {
                breaks(CheckRule.R1, key);
            }
        }
    }

    private void chunk(String key, byte[] value) throws IOException {
        count("chunks");
        chunks.flag(chunks.add(key), EXISTS);
        if (value == null) {
            return;
        }
        Chunk chunk = NanoGraphRag.chunk(value);
        looks(CheckRule.R3);
        if (chunk == null || chunk.content() == null) {
            breaks(CheckRule.R3, key + " has no content");
        } else if (!NanoGraphRag.isChunkKey(key, chunk)) {
            breaks(CheckRule.R3, key);
        }
        if (chunk != null && chunk.document() != null) {
            looks(CheckRule.R2);
            looks(CheckRule.R4);
            int slot = documents.add(chunk.document());
            documents.add(slot, IdTable.FIRST, 1);
            // However they come, the sum is right only if the numbers are.
            documents.add(slot, IdTable.SECOND, IdTable.mixed(chunk.index()));
            chunks.put(chunks.find(key), IdTable.FIRST, documents.key(chunk.document()));
        }
    }

    private void report(String key, byte[] value) throws IOException {
        count("community_reports");
        looks(CheckRule.R18);
        looks(CheckRule.R19);
        int slot = reports.add(key);
        reports.flag(slot, EXISTS);
        long name = reports.place(slot);
        String[] title = new String[1];
        boolean whole = NanoGraphRag.read(value, (member, json) -> {
            switch (member) {
                case "title" -> title[0] = NanoGraphRag.text(json);
                case "nodes" -> reported(nodes, json, name);
                case "edges" -> reported(nodes, json, name);
                case "chunk_ids" -> reported(chunks, json, name);
                case "sub_communities" -> reported(reports, json, name);
                default -> {
                    // what the model wrote refers to nothing
                }
            }
        });
        if (value != null) {
            looks(CheckRule.R20);
        }
        if (value != null && (!whole || !("Cluster " + key).equals(title[0]))) {
            breaks(CheckRule.R20, whole && title[0] != null ? key + " is titled " + title[0] : key + " has no title");
        }
    }

    /** Takes all texts in a list, and in lists in it. */
    private static void reported(IdTable table, JsonParser json, long report) throws IOException {
        int depth = json.currentToken() == JsonToken.START_ARRAY ? 1 : 0;
        while (depth > 0) {
            switch (json.nextToken()) {
                case START_ARRAY -> depth++;
                case END_ARRAY -> depth--;
                case START_OBJECT -> json.skipChildren();
                case VALUE_STRING -> {
                    int slot = table.add(json.getText());
                    if (!table.has(slot, REPORTED)) {
                        table.flag(slot, REPORTED);
                        table.put(slot, IdTable.SECOND, report);
                    }
                }
                default -> {
                    // a number or the like names nothing
                }
            }
        }
    }

    private void cached(String key, byte[] value) throws IOException {
        boolean[] has = new boolean[1];
        boolean whole = NanoGraphRag.read(value, (name, json) -> has[0] |= name.equals("return"));
        looks(CheckRule.R22);
        if (value != null && (!whole || !has[0])) {
            breaks(CheckRule.R22, key);
        }
    }

    // ---- the graph

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {
        count("nodes");
        String named = NanoGraphRag.nodeName(id, properties);
        String name = named == null ? "a node without an id" : named;
        nodeName(number, name);
        if (named != null) {
            looks(CheckRule.R9);
            int slot = nodes.add(named);
            nodes.flag(slot, EXISTS | (isTyped(labels, properties) ? TYPED : 0));
            nodes.add(slot, IdTable.FIRST, 1);
        }
        sources(CheckRule.R6, () -> name, properties);
        if (properties.get("communityIds") instanceof List<?> communities) {
            for (Object community : communities) {
                inCommunity(String.valueOf(community));
            }
            level(communities.size(), name);
        }
        if (properties.get("clusters") instanceof String clusters) {
            clusters(clusters);
        }
    }

    private static boolean isTyped(Collection<String> labels, Map<String, Object> properties) {
        boolean unknown = properties.get("entity_type") instanceof String type
                ? NanoGraphRag.bare(type).equalsIgnoreCase("UNKNOWN")
                : labels.contains("UNKNOWN");
        return !unknown;
    }

    private void sources(CheckRule rule, Sample name, Map<String, Object> properties) throws IOException {
        for (String source : NanoGraphRag.sources(properties.get("source_id"))) {
            looks(rule);
            int slot = chunks.find(source);
            if (slot < 0 || !chunks.has(slot, EXISTS)) {
                breaks(rule, 1, () -> name.text() + " comes from " + source);
            }
        }
    }

    private void inCommunity(String community) throws IOException {
        reports.flag(reports.add(community), IN_GRAPH);
    }

    private void level(int size, String name) {
        looks(CheckRule.R21);
        if (levels.size() < MOST_LEVELS || levels.containsKey(size)) {
            levels.merge(size, 1L, Long::sum);
            levelSamples.putIfAbsent(size, name);
        }
    }

    /** In the files of networkx, a text: a list of levels, each with its cluster. */
    private void clusters(String text) throws IOException {
        byte[] object = ("{\"clusters\":" + text + "}").getBytes(StandardCharsets.UTF_8);
        NanoGraphRag.read(object, (member, json) -> {
            while (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String name = json.currentName();
                    if (json.nextToken().isScalarValue() && name.equals("cluster")) {
                        inCommunity(json.getText());
                    }
                    json.skipChildren();
                }
            }
        });
    }

    private void nodeName(long number, String name) throws IOException {
        int slot = numbers.add(number, 0);
        numbers.flag(slot, EXISTS);
        numbers.put(slot, IdTable.FIRST, names.add(name));
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {
        count("relationships");
        // What another program ties to the graph is its own affair.
        if (NanoGraphRag.isOwnRelationship(type)) {
            looks(CheckRule.R8);
            end(from, to);
            end(to, from);
        }
        sources(CheckRule.R7, () -> name(from) + " -> " + name(to), properties);
    }

    /** Its node may come later; if it does not, the other end's name helps to find the relationship. */
    private void end(long number, long other) throws IOException {
        int slot = numbers.find(number);
        if (slot < 0 || !numbers.has(slot, EXISTS)) {
            slot = numbers.add(number, 0);
            numbers.add(slot, IdTable.SECOND, 1);
            if (!numbers.has(slot, IN_GRAPH)) {
                numbers.flag(slot, IN_GRAPH);
                numbers.put(slot, IdTable.FIRST, other);
            }
        }
    }

    private String name(long number) throws IOException {
        int slot = numbers.find(number);
        return slot < 0 || !numbers.has(slot, EXISTS)
                ? "a node that is not in the graph"
                : names.get(numbers.get(slot, IdTable.FIRST));
    }

    // ---- the vectors

    @Override
    public void collection(String name, Map<String, Integer> newDimensions) throws IOException {
        collection = name;
        dimensions = newDimensions;
        boolean entities = NanoGraphRag.isCollection(name, "entities");
        boolean ofChunks = NanoGraphRag.isCollection(name, "chunks");
        hasChunks |= ofChunks;
        if ((entities || ofChunks) && expectedDimension > 0) {
            for (int size : dimensions.values()) {
                if (size != expectedDimension) {
                    breaks(
                            CheckRule.R16,
                            "the collection " + name + " has vectors of " + size
                                    + " numbers, and EMBEDDING_DIMENSION is " + expectedDimension);
                }
            }
        }
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
        String key = text(payload.get("id"));
        String name = collection + " " + (id == null ? "" : id + " ") + "(" + key + ")";
        boolean known = true;
        if (NanoGraphRag.isCollection(collection, "entities")) {
            entityPoint(id, key, payload, name);
        } else if (NanoGraphRag.isCollection(collection, "chunks")) {
            chunkPoint(id, key, payload, name);
        } else {
            known = false;
        }
        sizes(name, vectors, known);
    }

    private void entityPoint(String id, String key, Map<String, Object> payload, String name) throws IOException {
        count("entity_vectors");
        looks(CheckRule.R10);
        String entity = text(payload.get("entity_name"));
        if (entity == null) {
            breaks(CheckRule.R10, name + " has no entity_name");
            return;
        }
        boolean keyed = NanoGraphRag.key("ent-", entity).equals(key)
                || NanoGraphRag.key("ent-", NanoGraphRag.bare(entity)).equals(key);
        if (!keyed || isOfAnother(id, key)) {
            breaks(CheckRule.R10, name + " is " + entity);
        }
        looks(CheckRule.R11);
        for (String node : NanoGraphRag.nodeIds(entity)) {
            int slot = nodes.find(node);
            if (slot >= 0 && nodes.has(slot, EXISTS)) {
                nodes.flag(slot, HAS_VECTOR);
                return;
            }
        }
        breaks(CheckRule.R11, entity);
    }

    private void chunkPoint(String id, String key, Map<String, Object> payload, String name) throws IOException {
        count("chunk_vectors");
        looks(CheckRule.R14);
        int slot = key == null ? -1 : chunks.find(key);
        if (slot < 0 || !chunks.has(slot, EXISTS)) {
            breaks(CheckRule.R14, name + " is not in text_chunks");
            return;
        }
        chunks.flag(slot, HAS_VECTOR);
        long document = chunks.get(slot, IdTable.FIRST);
        if (isOfAnother(id, key)) {
            breaks(CheckRule.R14, name + " has the point id of another key");
        } else if (payload.get("doc_id") instanceof String named && document != 0 && documents.key(named) != document) {
            breaks(CheckRule.R14, name + " names another document: " + named);
        }
    }

    /** Only numbers are made from the key; other programs give their points random UUIDs. */
    private static boolean isOfAnother(String id, String key) {
        return id != null
                && id.matches("\\d+")
                && !id.equals(Long.toUnsignedString(
                        XxHash64.of(key == null ? new byte[0] : key.getBytes(StandardCharsets.UTF_8))));
    }

    private void sizes(String name, List<Vector> vectors, boolean known) throws IOException {
        looks(CheckRule.R16);
        String wrong = null;
        int found = 0;
        for (Vector vector : vectors) {
            Integer size = dimensions.get(vector.name());
            int length = vector.values().length;
            if (vector.indices() != null) {
                wrong = isInOrder(vector.indices()) && vector.indices().length == length
                        ? wrong
                        : "a sparse vector that is not in order";
            } else if (size != null) {
                found++;
                // Several vectors in one lie side by side.
                wrong = length > 0 && length % size == 0 ? wrong : length + " numbers for " + size;
            }
        }
        if (known && found < dimensions.size()) {
            wrong = "no vector";
        }
        if (wrong != null) {
            breaks(CheckRule.R16, name + " has " + wrong);
        }
    }

    private static boolean isInOrder(int[] indices) {
        for (int i = 1; i < indices.length; i++) {
            if (Integer.compareUnsigned(indices[i - 1], indices[i]) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static String text(Object value) {
        return value instanceof String text ? text : null;
    }

    // ---- the end

    /** What was found, once all stores were visited or left out. */
    CheckReport report(List<String> warnings) throws IOException {
        afterKeyValues();
        afterGraph();
        List<CheckReport.Result> results = new ArrayList<>();
        for (CheckRule rule : CheckRule.values()) {
            String why = rule.needs().stream()
                    .sorted()
                    .filter(unseen::containsKey)
                    .map(unseen::get)
                    .findFirst()
                    .orElse(null);
            Broken found = broken.get(rule);
            results.add(
                    why != null || found == null
                            ? new CheckReport.Result(
                                    rule, 0, why != null ? 0 : looked.getOrDefault(rule, 0L), List.of(), why)
                            : new CheckReport.Result(
                                    rule, found.count, looked.getOrDefault(rule, 0L), found.samples, null));
        }
        List<String> all = new ArrayList<>(warnings);
        if (tooLong > 0) {
            all.add(values(tooLong) + " not looked into, since longer than " + Sizes.of(RecordVisitor.MAX_LENGTH)
                    + "; keys are checked all the same.");
        }
        composites.forEach((type, count) -> all.add(values(count) + " not looked into, since of the type " + shown(type)
                + " and not a text; keys are checked all the same."));
        return new CheckReport(seen, results, all);
    }

    private void afterKeyValues() throws IOException {
        documents.forEach(slot -> {
            long count = documents.get(slot, IdTable.FIRST);
            if (!documents.has(slot, EXISTS)) {
                breaks(CheckRule.R2, count, () -> documents.name(slot) + " (" + Sizes.count(count, "chunks") + ")");
            } else if (count == 0) {
                breaks(CheckRule.R5, 1, () -> documents.name(slot));
            } else {
                long sum = 0;
                for (long i = 0; i < count; i++) {
                    sum += IdTable.mixed(i);
                }
                if (sum != documents.get(slot, IdTable.SECOND)) {
                    breaks(CheckRule.R4, 1, () -> documents.name(slot) + " (" + Sizes.count(count, "chunks") + ")");
                }
            }
        });
        missingOfReports(chunks, "the chunk ");
        missingOfReports(reports, "the community ");
        if (hasChunks) {
            chunks.forEach(slot -> {
                if (chunks.has(slot, EXISTS)) {
                    looks(CheckRule.R15);
                }
                if (chunks.has(slot, EXISTS) && !chunks.has(slot, HAS_VECTOR)) {
                    breaks(CheckRule.R15, 1, () -> chunks.name(slot));
                }
            });
        }
    }

    private void afterGraph() throws IOException {
        numbers.forEach(slot -> {
            if (!numbers.has(slot, EXISTS)) {
                breaks(
                        CheckRule.R8,
                        numbers.get(slot, IdTable.SECOND),
                        () -> "a relationship of " + name(numbers.get(slot, IdTable.FIRST)));
            }
        });
        missingOfReports(nodes, "the node ");
        reports.forEach(slot -> {
            boolean exists = reports.has(slot, EXISTS);
            if (reports.has(slot, IN_GRAPH)) {
                looks(CheckRule.R17);
            }
            if (exists != reports.has(slot, IN_GRAPH)) {
                if (exists) {
                    breaks(CheckRule.R18, 1, () -> reports.name(slot));
                } else if (reports.has(slot, IN_GRAPH)) {
                    breaks(CheckRule.R17, 1, () -> reports.name(slot));
                }
            }
        });
        nodes.forEach(slot -> {
            if (!nodes.has(slot, EXISTS)) {
                return;
            }
            long count = nodes.get(slot, IdTable.FIRST);
            if (count > 1) {
                breaks(CheckRule.R9, 1, () -> nodes.name(slot) + " (" + Sizes.count(count, "nodes") + ")");
            }
            CheckRule rule = nodes.has(slot, TYPED) ? CheckRule.R12 : CheckRule.R13;
            looks(rule);
            if (!nodes.has(slot, HAS_VECTOR)) {
                breaks(rule, 1, () -> nodes.name(slot));
            }
        });
        int usual = levels.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(0);
        for (var level : levels.entrySet()) {
            if (level.getKey() != usual) {
                breaks(
                        CheckRule.R21,
                        level.getValue(),
                        () -> levelSamples.get(level.getKey()) + " has " + level.getKey() + " levels, most have "
                                + usual);
            }
        }
    }

    private void missingOfReports(IdTable table, String what) throws IOException {
        table.forEach(slot -> {
            if (table.has(slot, REPORTED) && !table.has(slot, EXISTS)) {
                breaks(
                        CheckRule.R19,
                        1,
                        () -> what + table.name(slot) + " (report " + names.get(table.get(slot, IdTable.SECOND)) + ")");
            }
        });
    }

    private void count(String sort) {
        seen.merge(sort, 1L, Long::sum);
    }

    private static String values(long count) {
        return count == 1 ? "1 value was" : count + " values were";
    }

    private void looks(CheckRule rule) {
        looked.merge(rule, 1L, Long::sum);
    }

    private void breaks(CheckRule rule, String sample) throws IOException {
        breaks(rule, 1, () -> sample);
    }

    private void breaks(CheckRule rule, long count, Sample sample) throws IOException {
        Broken found = broken.computeIfAbsent(rule, any -> new Broken());
        found.count += count;
        if (found.samples.size() < SAMPLES) {
            found.samples.add(shown(sample.text()));
        }
    }

    /** A text from a store as it may stand in a message: short, and nothing in it that a terminal acts on. */
    static String shown(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
        return clean.length() <= LONGEST_SHOWN
                ? clean
                : clean.substring(
                                0,
                                Character.isHighSurrogate(clean.charAt(LONGEST_SHOWN - 1))
                                        ? LONGEST_SHOWN - 1
                                        : LONGEST_SHOWN)
                        + "…";
    }

    @Override
    public void close() throws IOException {
        for (IdTable table : List.of(documents, chunks, reports, nodes, numbers)) {
            table.close();
        }
        names.close();
    }
}
