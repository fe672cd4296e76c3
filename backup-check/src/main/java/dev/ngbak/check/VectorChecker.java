package dev.ngbak.check;

import static dev.ngbak.check.Tables.DOCUMENT;
import static dev.ngbak.check.Tables.EXISTS;
import static dev.ngbak.check.Tables.HAS_VECTOR;
import static dev.ngbak.check.Tables.TYPED;

import dev.ngbak.check.Findings.RecordType;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.layout.RecordInterpreter.Point;
import dev.ngbak.layout.RecordInterpreter.PointKind;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks the points of entities and chunks, and the vectors of all points. */
final class VectorChecker implements RecordVisitor, Closeable {

    /**
     * The expected dimension of the vectors of entities and chunks.
     *
     * @param setting the setting that states it
     * @param size 0 if the setting does not state it
     */
    record Dimension(String setting, int size) {}

    private final GraphLayout layout;
    private final RecordInterpreter interpreter;
    private final Dimension expected;
    private final Findings findings;
    private final IdTable documents;
    private final IdTable chunks;
    private final IdTable nodes;
    private final IdTable relationships;

    private String collection = "";
    private Optional<PointKind> kind = Optional.empty();
    private Map<String, Integer> dimensions = Map.of();
    private boolean hasChunks;
    private boolean hasRelationships;

    /** The points whose node, chunk or relationship was not visited yet. */
    private final LateReferences late;

    VectorChecker(GraphLayout layout, Dimension expected, Tables tables, Findings findings, TempFiles files) {
        this.layout = layout;
        this.interpreter = layout.records();
        this.expected = expected;
        this.findings = findings;
        this.documents = tables.documents();
        this.chunks = tables.chunks();
        this.nodes = tables.nodes();
        this.relationships = tables.relationships();
        this.late = new LateReferences(files);
    }

    @Override
    public void collection(String name, Map<String, Integer> newDimensions) throws IOException {
        collection = name;
        dimensions = newDimensions;
        kind = interpreter.pointKind(name);
        hasChunks |= kind.equals(Optional.of(PointKind.CHUNK));
        hasRelationships |= kind.equals(Optional.of(PointKind.RELATIONSHIP));
        if (kind.isPresent() && expected.size() > 0) {
            for (int size : dimensions.values()) {
                if (size != expected.size()) {
                    findings.violate(
                            Id.VECTOR_HAS_DIMENSION,
                            () -> "the collection " + name + " has vectors of dimension " + size + ", but "
                                    + expected.setting() + " is " + expected.size());
                }
            }
        }
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
        Point point = interpreter.point(id, payload);
        PointName name = new PointName(collection, id, point);
        if (kind.isPresent()) {
            switch (kind.get()) {
                case ENTITY -> entityPoint(point, name);
                case CHUNK -> chunkPoint(point, name);
                case RELATIONSHIP -> relationshipPoint(point, name);
            }
        }
        checkVectors(vectors, name);
    }

    /** Describes a point. The text is needed only for violations. */
    private record PointName(String collection, String id, Point point) {

        @Override
        public String toString() {
            return collection + " " + (id == null ? "" : id + " ") + "("
                    + point.key().orElse("no key") + ")";
        }
    }

    private void entityPoint(Point point, PointName name) throws IOException {
        findings.count(RecordType.ENTITY_VECTORS);
        findings.look(Id.ENTITY_VECTOR_KEY_IS_HASH);
        if (point.entity().isEmpty()) {
            findings.violate(
                    Id.ENTITY_VECTOR_KEY_IS_HASH,
                    () -> name + " has no " + layout.names().entityName());
            return;
        }
        String entity = point.entity().get();
        if (!point.keyIsHash() || !point.idMatchesKey()) {
            findings.violate(Id.ENTITY_VECTOR_KEY_IS_HASH, () -> name + " is " + entity);
        }
        findings.look(Id.ENTITY_VECTOR_HAS_NODE);
        // Another node with a more likely name may still come.
        if (!markNode(interpreter.nodeNames(entity).stream().limit(1).toList())) {
            late.add(out -> new LatePoint(PointKind.ENTITY, entity, null, "", true).writeTo(out));
        }
    }

    /** Marks the first of these nodes that exists. Returns whether there is one. */
    private boolean markNode(Collection<String> names) {
        for (String node : names) {
            int slot = nodes.find(node);
            if (slot >= 0 && nodes.has(slot, EXISTS)) {
                nodes.set(slot, HAS_VECTOR);
                return true;
            }
        }
        return false;
    }

    private void chunkPoint(Point point, PointName name) throws IOException {
        findings.count(RecordType.CHUNK_VECTORS);
        findings.look(Id.CHUNK_VECTOR_HAS_CHUNK);
        String key = point.key().orElse("");
        String document = point.document().orElse(null);
        if (!checkChunk(key, document, point.idMatchesKey(), name)) {
            late.add(out ->
                    new LatePoint(PointKind.CHUNK, key, document, name.toString(), point.idMatchesKey()).writeTo(out));
        }
    }

    /** Checks the point of a chunk. Returns false if the chunk was not visited. */
    private boolean checkChunk(String key, String document, boolean idMatchesKey, Object name) throws IOException {
        int slot = chunks.find(key);
        if (slot < 0 || !chunks.has(slot, EXISTS)) {
            return false;
        }
        chunks.set(slot, HAS_VECTOR);
        long expected = chunks.get(slot, DOCUMENT);
        if (!idMatchesKey) {
            findings.violate(Id.CHUNK_VECTOR_HAS_CHUNK, () -> name + " has the point id of another key");
        } else if (expected != 0 && document != null && documents.hash(document) != expected) {
            findings.violate(Id.CHUNK_VECTOR_HAS_CHUNK, () -> name + " names another document: " + document);
        }
        return true;
    }

    private void relationshipPoint(Point point, PointName name) throws IOException {
        findings.look(Id.RELATIONSHIP_VECTOR_HAS_RELATIONSHIP);
        String key = point.relationship().orElse("");
        if (!markRelationship(key)) {
            late.add(out -> new LatePoint(PointKind.RELATIONSHIP, key, null, name.toString(), true).writeTo(out));
        }
    }

    private boolean markRelationship(String key) {
        int slot = relationships.find(key);
        if (slot < 0 || !relationships.has(slot, EXISTS)) {
            return false;
        }
        relationships.set(slot, HAS_VECTOR);
        return true;
    }

    private void finishPoint(LatePoint point) throws IOException {
        switch (point.kind()) {
            case ENTITY -> {
                if (!markNode(interpreter.nodeNames(point.key()))) {
                    findings.violate(Id.ENTITY_VECTOR_HAS_NODE, point::key);
                }
            }
            case CHUNK -> {
                if (!checkChunk(point.key(), point.document(), point.idMatchesKey(), point.name())) {
                    String namespace = interpreter.namespace(EntryKind.CHUNK).orElse("the chunks");
                    findings.violate(Id.CHUNK_VECTOR_HAS_CHUNK, () -> point.name() + " is not in " + namespace);
                }
            }
            case RELATIONSHIP -> {
                if (!markRelationship(point.key())) {
                    String key = point.key().isEmpty() ? "no relationship" : point.key();
                    findings.violate(Id.RELATIONSHIP_VECTOR_HAS_RELATIONSHIP, () -> point.name() + " is of " + key);
                }
            }
        }
    }

    private void checkVectors(List<Vector> vectors, PointName name) throws IOException {
        findings.look(Id.VECTOR_HAS_DIMENSION);
        Optional<String> problem = Optional.empty();
        int dense = 0;
        for (Vector vector : vectors) {
            Optional<String> found = VectorShape.problem(vector, dimensions.get(vector.name()));
            problem = found.isPresent() ? found : problem;
            dense += vector.indices() == null && dimensions.containsKey(vector.name()) ? 1 : 0;
        }
        if (kind.isPresent() && dense < dimensions.size()) {
            problem = Optional.of("no vector");
        }
        if (problem.isPresent()) {
            String text = problem.get();
            findings.violate(Id.VECTOR_HAS_DIMENSION, () -> name + " has " + text);
        }
    }

    /** Checks the rules that can be decided only after all stores were visited. */
    void finish() throws IOException {
        late.forEach(in -> finishPoint(LatePoint.readFrom(in)));
        if (hasChunks) {
            chunks.forEach(slot -> {
                if (chunks.has(slot, EXISTS)) {
                    requireVector(Id.CHUNK_HAS_VECTOR, chunks, slot);
                }
            });
        }
        if (hasRelationships) {
            relationships.forEach(slot -> {
                if (relationships.has(slot, EXISTS)) {
                    requireVector(Id.RELATIONSHIP_HAS_VECTOR, relationships, slot);
                }
            });
        }
        nodes.forEach(slot -> {
            if (nodes.has(slot, EXISTS)) {
                Id rule = nodes.has(slot, TYPED) ? Id.TYPED_NODE_HAS_VECTOR : Id.UNTYPED_NODE_HAS_VECTOR;
                requireVector(rule, nodes, slot);
            }
        });
    }

    private void requireVector(Id rule, IdTable table, int slot) throws IOException {
        findings.look(rule);
        if (!table.has(slot, HAS_VECTOR)) {
            findings.violate(rule, () -> table.name(slot));
        }
    }

    @Override
    public void close() throws IOException {
        late.close();
    }
}
