package dev.ngbak.check;

import dev.ngbak.check.RecordScan.HiddenRecordsException;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.engine.SystemRecords;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.Chunk;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntitySearch.Hit;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import dev.ngbak.spi.Lookup.EntryLookup;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Follows a few entities through the live stores, and records their missing parts. One instance serves one query. */
final class EntitySample {

    private static final int ENTITIES = 10;

    /** Limits the chunks that are looked up for one entity. A frequent entity comes from thousands of chunks. */
    private static final int MAX_CHUNKS = 16;

    private static final int MAX_EXCERPT = 80;

    /** No entry expires before this time: live entries exist, whatever their expiry. */
    private static final long NOTHING_EXPIRED = Long.MIN_VALUE;

    /**
     * A part of an entity that the stores lack.
     *
     * @param role the store that lacks it
     * @param namespace of a missing entry, otherwise empty
     * @param key of a missing entry, otherwise the entity
     * @param text a clause about it
     */
    record Miss(Role role, String namespace, String key, String text) {}

    private final RecordInterpreter interpreter;
    private final EntitySearch vectors;
    private final NodeLookup nodes;
    private final EntryLookup entries;
    private final EntitySearch archivedVectors;
    private final List<Miss> misses = new ArrayList<>();
    private final Set<String> incomplete = new LinkedHashSet<>();
    private List<Probe> probes = List.of();

    EntitySample(SystemRecords live, SystemRecords archived) {
        this.interpreter = GraphLayout.of(live.settings()).records();
        this.vectors = lookup(EntitySearch.class, live, Role.VECTOR, scan -> new FullScanSearch(scan, interpreter));
        this.nodes = lookup(NodeLookup.class, live, Role.GRAPH, this::fullScan);
        this.entries = lookup(EntryLookup.class, live, Role.KV, this::fullScan);
        this.archivedVectors = new FullScanSearch(new RecordScan(archived, Role.VECTOR), interpreter);
    }

    private FullScanLookup fullScan(RecordScan scan) {
        return new FullScanLookup(scan, interpreter, NOTHING_EXPIRED);
    }

    private static <T extends Lookup> T lookup(
            Class<T> kind, SystemRecords live, Role role, Function<RecordScan, T> fullScan) {
        return live.lookup(role).map(kind::cast).orElseGet(() -> fullScan.apply(new RecordScan(live, role)));
    }

    /** Returns the entities that were searched for. */
    List<Probe> probes() {
        return probes;
    }

    List<Miss> misses() {
        return misses;
    }

    /** Returns the entities of which a part is missing. */
    Set<String> incomplete() {
        return incomplete;
    }

    RecordInterpreter interpreter() {
        return interpreter;
    }

    /** Returns the answers for the entities of which no part is missing. */
    List<SampleAnswer> ask() throws IOException {
        probes = chooseEntities();
        List<Neighbours> sample = Neighbours.search(vectors, probes);
        for (Neighbours neighbours : sample) {
            if (!neighbours.isEntityFirst()) {
                miss(neighbours.entity(), Role.VECTOR, "", neighbours.entity(), notFirst(neighbours));
            }
        }
        Map<String, List<String>> chunksOfEntities =
                findNodes(sample.stream().map(Neighbours::entity).toList());
        Map<String, Chunk> chunks = findChunks(chunksOfEntities.values());
        Set<String> documents = findDocuments(chunks.values());
        List<SampleAnswer> answers = new ArrayList<>();
        for (Neighbours neighbours : sample) {
            follow(neighbours.entity(), chunksOfEntities, chunks, documents);
            if (!incomplete.contains(neighbours.entity())) {
                answers.add(answer(neighbours, chunksOfEntities.get(neighbours.entity()), chunks));
            }
        }
        return answers;
    }

    /**
     * Chooses entities with their vectors from the archive, if it shows them. A search for the vectors of the live
     * store could not find that they were swapped.
     */
    private List<Probe> chooseEntities() throws IOException {
        try {
            return archivedVectors.sample(ENTITIES);
        } catch (HiddenRecordsException e) {
            return vectors.sample(ENTITIES);
        }
    }

    private static String notFirst(Neighbours neighbours) {
        String first = neighbours.hits().isEmpty()
                ? "nothing"
                : SafeText.forMessage(neighbours.hits().get(0).entity());
        return "in the vector store, the vector of " + SafeText.forMessage(neighbours.entity()) + " finds " + first
                + " first";
    }

    /**
     * Returns the keys of the chunks that the nodes of entities come from. Entities without a node are missing from the
     * result.
     */
    private Map<String, List<String>> findNodes(List<String> entities) throws IOException {
        Map<String, String> entityOfName = new HashMap<>();
        for (String entity : entities) {
            interpreter.nodeNames(entity).forEach(name -> entityOfName.putIfAbsent(name, entity));
        }
        // An exact name has precedence when two entities differ only in their quotes.
        entities.forEach(entity -> entityOfName.put(entity, entity));
        Map<String, List<String>> chunks = new HashMap<>();
        nodes.nodes(entityOfName.keySet(), new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
                RecordInterpreter.Node node = interpreter.node(id, labels, properties);
                node.name().map(entityOfName::get).ifPresent(entity -> {
                    List<String> keys = node.chunks().stream().limit(MAX_CHUNKS).toList();
                    chunks.merge(entity, keys, (one, other) -> one.isEmpty() ? other : one);
                });
            }
        });
        return chunks;
    }

    /** Returns the chunks that exist, with excerpts of their contents. */
    private Map<String, Chunk> findChunks(Collection<List<String>> keysOfEntities) throws IOException {
        Set<String> keys = new LinkedHashSet<>();
        keysOfEntities.forEach(keys::addAll);
        Map<String, Chunk> chunks = new HashMap<>();
        Optional<String> namespace = interpreter.namespace(EntryKind.CHUNK);
        if (namespace.isPresent()) {
            entries.entries(namespace.get(), keys, new RecordVisitor() {
                @Override
                public void entry(String of, String key, byte[] value, long expires) throws IOException {
                    chunks.put(key, excerpt(key, value));
                }
            });
        }
        return chunks;
    }

    private Chunk excerpt(String key, byte[] value) throws IOException {
        if (value == null) {
            return new Chunk(Optional.empty(), Optional.empty(), -1, false);
        }
        Chunk chunk = interpreter.chunk(key, value);
        return new Chunk(chunk.content().map(EntitySample::excerpt), chunk.document(), -1, chunk.keyIsHash());
    }

    private static String excerpt(String text) {
        String line = text.substring(0, Math.min(text.length(), 4 * MAX_EXCERPT))
                .strip()
                .replaceAll("\\s+", " ");
        int length = line.codePointCount(0, line.length());
        return length <= MAX_EXCERPT ? line : line.substring(0, line.offsetByCodePoints(0, MAX_EXCERPT)) + "…";
    }

    private Set<String> findDocuments(Collection<Chunk> chunks) throws IOException {
        Set<String> keys = new LinkedHashSet<>();
        chunks.forEach(chunk -> chunk.document().ifPresent(keys::add));
        Optional<String> namespace = interpreter.namespace(EntryKind.DOCUMENT);
        return keys.isEmpty() || namespace.isEmpty() ? Set.of() : existing(entries, namespace.get(), keys);
    }

    /** Returns the keys that exist. */
    static Set<String> existing(EntryLookup lookup, String namespace, Set<String> keys) throws IOException {
        Set<String> found = new HashSet<>();
        lookup.entries(namespace, keys, new RecordVisitor() {
            @Override
            public void entry(String of, String key, byte[] value, long expires) {
                found.add(key);
            }
        });
        return found;
    }

    private void follow(
            String entity,
            Map<String, List<String>> chunksOfEntities,
            Map<String, Chunk> chunks,
            Set<String> documents) {
        List<String> keys = chunksOfEntities.get(entity);
        if (keys == null) {
            miss(entity, Role.GRAPH, "", entity, SafeText.forMessage(entity) + " has no node in the graph store");
            return;
        }
        for (String key : keys) {
            if (!chunks.containsKey(key)) {
                missEntry(entity, EntryKind.CHUNK, key);
                continue;
            }
            chunks.get(key)
                    .document()
                    .filter(document -> !documents.contains(document))
                    .ifPresent(document -> missEntry(entity, EntryKind.DOCUMENT, document));
        }
    }

    private void missEntry(String entity, EntryKind kind, String key) {
        String namespace = interpreter.namespace(kind).orElse("");
        String type = kind == EntryKind.CHUNK ? "chunk " : "document ";
        String text = "the " + type + SafeText.forMessage(key) + ", from which " + SafeText.forMessage(entity)
                + " comes, is not in " + namespace + " in the kv store";
        miss(entity, Role.KV, namespace, key, text);
    }

    private void miss(String entity, Role role, String namespace, String key, String text) {
        incomplete.add(entity);
        misses.add(new Miss(role, namespace, key, text));
    }

    private static SampleAnswer answer(Neighbours neighbours, List<String> keys, Map<String, Chunk> chunks) {
        Optional<String> key = keys.stream().findFirst();
        Optional<Chunk> chunk = key.map(chunks::get);
        Hit second = neighbours.second();
        return new SampleAnswer(
                neighbours.entity(),
                neighbours.ownScore(),
                second.entity(),
                second.score(),
                key.orElse(""),
                chunk.flatMap(Chunk::document).orElse(""),
                chunk.flatMap(Chunk::content).orElse(""));
    }
}
