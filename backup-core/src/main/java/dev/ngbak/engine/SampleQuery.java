package dev.ngbak.engine;

import dev.ngbak.engine.NanoGraphRag.Chunk;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntitySearch.Hit;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import dev.ngbak.spi.Lookup.EntryLookup;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Asks restored stores what only a whole system can answer: a sample of entities must be found again by the vectors that
 * they have in the archive, have a node in the graph, and come from chunks that are there, of documents that are there. What is missing is
 * looked up in the archive: a restore fails only by what the archive has and the stores lack.
 */
final class SampleQuery {

    private static final int ENTITIES = 10;

    /** An entity that is found everywhere comes from thousands of chunks; the first few tell enough. */
    private static final int CHUNKS = 16;

    private static final int EXCERPT = 80;

    /** Servers count in 32 bits: what differs by less is as near. */
    private static final double EQUAL = 1e-5;

    private final VerifiedArchive archive;
    private final StoreRegistry stores;
    private final Job job;
    private EntitySearch vectors;
    private NodeLookup nodes;
    private EntryLookup entries;
    private final List<Miss> misses = new ArrayList<>();
    private List<Probe> probes = List.of();
    private final Set<String> missed = new LinkedHashSet<>();

    /** What is missing for one entity: a key in a store, or in the vector store its own place in the search. */
    private record Miss(Role role, String namespace, String key, String text) {}

    /** What the search for an entity's vector found. */
    private record Neighbours(String entity, List<Hit> hits) {}

    /** A node that an entity has, by the chunks it comes from. */
    private record Node(List<String> chunks) {}

    private SampleQuery(VerifiedArchive archive, StoreRegistry stores, Job job) {
        this.archive = archive;
        this.stores = stores;
        this.job = job;
    }

    /**
     * @param roles the stores that were restored
     * @return what was answered; empty where the question does not apply, which the log says
     * @throws BackupException for an entity that the stores have lost, though the archive has all of it
     */
    static List<SampleAnswer> ask(VerifiedArchive archive, Set<Role> roles, StoreRegistry stores, Job job)
            throws IOException {
        if (!roles.equals(EnumSet.allOf(Role.class))) {
            job.info("No sample query was asked, since it goes through all three stores and not all were restored.");
            return List.of();
        }
        if (archive.manifest().stores().values().stream()
                .anyMatch(store -> store.info().form().equals(ExportSession.RAW))) {
            job.info("No sample query was asked, since the archive holds a broken state as it was.");
            return List.of();
        }
        return new SampleQuery(archive, stores, job).ask();
    }

    private List<SampleAnswer> ask() throws IOException {
        long start = System.nanoTime();
        Map<Role, ExportSession> sessions = stores.openExports(EnumSet.allOf(Role.class), job);
        try {
            vectors = lookup(EntitySearch.class, sessions, Role.VECTOR);
            nodes = lookup(NodeLookup.class, sessions, Role.GRAPH);
            entries = lookup(EntryLookup.class, sessions, Role.KV);
            List<SampleAnswer> answers = answers();
            if (answers.isEmpty() && misses.isEmpty()) {
                job.info("No sample query was asked, since there is no vector of an entity to search for.");
                return answers;
            }
            judge();
            job.info("Sample query: entities found by vector, in the graph, and with chunks and documents: "
                    + answers.size() + " of " + (answers.size() + missed.size()) + ", in "
                    + Sizes.seconds(System.nanoTime() - start) + ".");
            return answers;
        } catch (FullScanLookup.NotShown e) {
            job.info("No sample query was asked, since one of the stores does not show its records.");
            return List.of();
        } finally {
            StoreRegistry.close(sessions.values());
        }
    }

    /** Returns the store's own lookup, or one that scans the store. */
    private static <T extends Lookup> T lookup(Class<T> kind, Map<Role, ExportSession> sessions, Role role) {
        ExportSession session = sessions.get(role);
        String doing = "the " + role.id() + " store was being asked";
        return kind.cast(Errors.inStore(role, doing, session::lookup)
                .orElseGet(() -> FullScanLookup.live(records -> Errors.inStore(role, doing, () -> {
                    session.read(records, Progress.NONE);
                    return null;
                }))));
    }

    private List<SampleAnswer> answers() throws IOException {
        List<Neighbours> sample = neighbours(vectors, probes());
        List<String> entities = sample.stream().map(Neighbours::entity).toList();
        for (Neighbours neighbours : sample) {
            if (!isFirst(neighbours)) {
                String first = neighbours.hits().isEmpty()
                        ? "nothing"
                        : shown(neighbours.hits().get(0).entity());
                miss(
                        neighbours.entity(),
                        Role.VECTOR,
                        "",
                        neighbours.entity(),
                        "in the vector store, the vector of " + shown(neighbours.entity()) + " finds " + first
                                + " first");
            }
        }
        Map<String, Node> nodes = nodes(entities);
        Map<String, Chunk> chunks = chunks(nodes.values());
        Set<String> documents = documents(chunks.values());
        List<SampleAnswer> answers = new ArrayList<>();
        for (Neighbours neighbours : sample) {
            follow(neighbours.entity(), nodes, chunks, documents);
            if (!missed.contains(neighbours.entity())) {
                answers.add(answer(neighbours, nodes.get(neighbours.entity()), chunks));
            }
        }
        return answers;
    }

    /** By the vectors that the archive has, so that they are compared too; by the stored ones where it does not show them. */
    private List<Probe> probes() throws IOException {
        FullScanLookup archived = archived(Role.VECTOR);
        try {
            probes = archived.sample(ENTITIES);
        } catch (FullScanLookup.NotShown e) {
            probes = vectors.sample(ENTITIES);
        }
        return probes;
    }

    private static List<Neighbours> neighbours(EntitySearch lookup, List<Probe> probes) throws IOException {
        List<List<Hit>> hits = probes.isEmpty() ? List.of() : lookup.search(probes);
        List<Neighbours> neighbours = new ArrayList<>();
        for (int i = 0; i < hits.size(); i++) {
            if (hits.get(i) != null) {
                neighbours.add(new Neighbours(probes.get(i).entity(), hits.get(i)));
            }
        }
        return neighbours;
    }

    private Map<String, Node> nodes(List<String> entities) throws IOException {
        Map<String, String> wanted = new HashMap<>();
        // The likeliest id last, so that it wins where two entities differ in their quotes alone.
        for (String entity : entities) {
            NanoGraphRag.nodeIds(entity).forEach(id -> wanted.putIfAbsent(id, entity));
        }
        entities.forEach(entity -> wanted.put(entity, entity));
        Map<String, Node> found = new HashMap<>();
        this.nodes.nodes(wanted.keySet(), new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
                Node node = new Node(NanoGraphRag.sources(properties.get("source_id")).stream()
                        .limit(CHUNKS)
                        .toList());
                found.merge(
                        wanted.get(NanoGraphRag.nodeName(id, properties)),
                        node,
                        (one, other) -> one.chunks().isEmpty() ? other : one);
            }
        });
        return found;
    }

    private Map<String, Chunk> chunks(Collection<Node> nodes) throws IOException {
        Set<String> keys = new LinkedHashSet<>();
        nodes.forEach(node -> keys.addAll(node.chunks()));
        Map<String, Chunk> found = new HashMap<>();
        entries.entries(NanoGraphRag.CHUNKS, keys, new RecordVisitor() {
            @Override
            public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                Chunk chunk = NanoGraphRag.chunk(value);
                String content = chunk == null || chunk.content() == null ? "" : excerpt(chunk.content());
                found.put(key, new Chunk(content, chunk == null ? null : chunk.document(), 0));
            }
        });
        return found;
    }

    private Set<String> documents(Collection<Chunk> chunks) throws IOException {
        Set<String> keys = new LinkedHashSet<>();
        chunks.stream()
                .map(Chunk::document)
                .filter(document -> document != null)
                .forEach(keys::add);
        return keys.isEmpty() ? Set.of() : keys(entries, NanoGraphRag.DOCUMENTS, keys);
    }

    private static Set<String> keys(EntryLookup lookup, String namespace, Set<String> wanted) throws IOException {
        Set<String> found = new HashSet<>();
        lookup.entries(namespace, wanted, new RecordVisitor() {
            @Override
            public void entry(String of, String key, byte[] value, long expires) {
                found.add(key);
            }
        });
        return found;
    }

    private void follow(String entity, Map<String, Node> nodes, Map<String, Chunk> chunks, Set<String> documents) {
        Node node = nodes.get(entity);
        if (node == null) {
            miss(entity, Role.GRAPH, "", entity, shown(entity) + " has no node in the graph store");
            return;
        }
        for (String key : node.chunks()) {
            Chunk chunk = chunks.get(key);
            if (chunk == null) {
                miss(
                        entity,
                        Role.KV,
                        NanoGraphRag.CHUNKS,
                        key,
                        "the chunk " + shown(key) + ", from which " + shown(entity)
                                + " comes, is not in text_chunks in the kv store");
            } else if (chunk.document() != null && !documents.contains(chunk.document())) {
                miss(
                        entity,
                        Role.KV,
                        NanoGraphRag.DOCUMENTS,
                        chunk.document(),
                        "the document " + shown(chunk.document()) + ", from which " + shown(entity)
                                + " comes, is not in full_docs in the kv store");
            }
        }
    }

    private void miss(String entity, Role role, String namespace, String key, String text) {
        missed.add(entity);
        misses.add(new Miss(role, namespace, key, text));
    }

    /** As near as the nearest is near enough; where all are as near, nobody knows which should come first. */
    private static boolean isFirst(Neighbours neighbours) {
        if (neighbours.hits().isEmpty()) {
            return false;
        }
        double best = neighbours.hits().get(0).score();
        return neighbours.hits().stream()
                        .anyMatch(hit -> hit.entity().equals(neighbours.entity()) && hit.score() >= best - EQUAL)
                || neighbours.hits().stream().allMatch(hit -> hit.score() >= best - EQUAL)
                        && neighbours.hits().size() > 1;
    }

    private SampleAnswer answer(Neighbours neighbours, Node node, Map<String, Chunk> chunks) {
        Predicate<Hit> own = hit -> hit.entity().equals(neighbours.entity());
        Hit first = neighbours.hits().stream()
                .filter(own)
                .findFirst()
                .orElse(neighbours.hits().get(0));
        Hit second = neighbours.hits().stream().filter(own.negate()).findFirst().orElse(new Hit("", 0));
        String key = node.chunks().isEmpty() ? "" : node.chunks().get(0);
        Chunk chunk = chunks.getOrDefault(key, new Chunk("", null, 0));
        return new SampleAnswer(
                neighbours.entity(),
                first.score(),
                second.entity(),
                second.score(),
                key,
                chunk.document() == null ? "" : chunk.document(),
                chunk.content());
    }

    /** Whether what the stores lack is missing in the archive too. */
    private void judge() throws IOException {
        List<String> lacking = new ArrayList<>();
        List<String> unsure = new ArrayList<>();
        for (Role role : Role.values()) {
            List<Miss> ofRole =
                    misses.stream().filter(miss -> miss.role() == role).toList();
            if (ofRole.isEmpty()) {
                continue;
            }
            try {
                Set<String> kept = kept(ofRole, archived(role));
                for (Miss miss : ofRole) {
                    if (kept.contains(miss.namespace() + "/" + miss.key())) {
                        throw new BackupException(
                                        Kind.INTERNAL,
                                        "the sample query failed: " + miss.text()
                                                + ", although the archive contains it",
                                        "Check whether something else writes to the " + role.id()
                                                + " store, and whether that store is healthy")
                                .withRole(role);
                    }
                    lacking.add(miss.text());
                }
            } catch (FullScanLookup.NotShown e) {
                ofRole.forEach(miss -> unsure.add(miss.text()));
            }
        }
        warn(lacking, "The archive itself is so, since it was backed up like that: ngbak check says more.");
        warn(unsure, "Nobody can tell whether it was backed up like that, since the archive's form does not show it.");
    }

    private void warn(List<String> texts, String meaning) {
        if (!texts.isEmpty()) {
            String more = texts.size() == 1 ? "" : ", and " + (texts.size() - 1) + " more like it";
            job.warn("Sample query: " + texts.get(0) + more + ". " + meaning);
        }
    }

    /** Which of the missing things the archive has. */
    private Set<String> kept(List<Miss> misses, FullScanLookup archived) throws IOException {
        Set<String> kept = new HashSet<>();
        Role role = misses.get(0).role();
        if (role == Role.VECTOR) {
            Set<String> missing = new HashSet<>();
            misses.forEach(miss -> missing.add(miss.key()));
            List<Probe> again = probes.stream()
                    .filter(probe -> missing.contains(probe.entity()))
                    .toList();
            neighbours(archived, again).stream()
                    .filter(SampleQuery::isFirst)
                    .forEach(neighbours -> kept.add("/" + neighbours.entity()));
        } else if (role == Role.GRAPH) {
            for (Miss miss : misses) {
                archived.nodes(NanoGraphRag.nodeIds(miss.key()), new RecordVisitor() {
                    @Override
                    public void node(
                            long number, String id, Collection<String> labels, Map<String, Object> properties) {
                        kept.add("/" + miss.key());
                    }
                });
            }
        } else {
            for (String namespace : List.of(NanoGraphRag.CHUNKS, NanoGraphRag.DOCUMENTS)) {
                Set<String> wanted = new HashSet<>();
                misses.stream()
                        .filter(miss -> miss.namespace().equals(namespace))
                        .forEach(miss -> wanted.add(miss.key()));
                if (!wanted.isEmpty()) {
                    keys(archived, namespace, wanted).forEach(key -> kept.add(namespace + "/" + key));
                }
            }
        }
        return kept;
    }

    /** A scan of the archive, with a pass of its own for each look. */
    private FullScanLookup archived(Role role) {
        return FullScanLookup.archived(
                records -> Errors.inPlugin("the archived " + role.id() + " store was being asked", () -> {
                    String backend = archive.manifest().stores().get(role).backend();
                    archive.forEachStore(
                            Set.of(role),
                            job::checkCancelled,
                            (any, source) -> stores.restorer(role, backend)
                                    .read(source, stores.settings(), records, Progress.NONE));
                    return null;
                }),
                System.currentTimeMillis());
    }

    private static String shown(String text) {
        return Check.shown(text);
    }

    private static String excerpt(String text) {
        int end = Math.min(text.length(), 4 * EXCERPT);
        String line = text.substring(0, end).strip().replaceAll("\\s+", " ");
        int length = line.codePointCount(0, line.length());
        return length <= EXCERPT ? line : line.substring(0, line.offsetByCodePoints(0, EXCERPT)) + "…";
    }
}
