package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Hands collections and points, live or archived, to a {@link RecordHandler} and counts them as progress. Only points count
 * as records. The definition of a collection that tenants share is not digested, because a restore does not change it. Not
 * thread-safe.
 */
final class QdrantRecords implements PointReceiver {

    private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

    private final RecordHandler handler;
    private final ProgressMeter meter;
    private final Tenant tenant;
    private final boolean isCluster;
    private final CanonicalDigest canonical = new CanonicalDigest();
    private final PointRecord record = new PointRecord();
    private String collection;

    /** For the records of an archive. */
    QdrantRecords(RecordHandler handler, ProgressMeter meter, Tenant tenant) {
        this(handler, meter, tenant, false);
    }

    /**
     * For the records of a server, or of an archive that is restored on one.
     *
     * @param isCluster whether it is a cluster, which returns large integers differently at different times. The records then
     *     have no digest
     */
    QdrantRecords(RecordHandler handler, ProgressMeter meter, Tenant tenant, boolean isCluster) {
        this.handler = handler;
        this.meter = meter;
        this.tenant = tenant;
        this.isCluster = isCluster;
    }

    /** Hands over everything in scope, by the fastest means. */
    void addAll(QdrantCollections collections) throws IOException {
        addAll(collections, UnaryOperator.identity());
    }

    /** Hands over everything in scope, each collection with the definition that {@code shown} returns for its own. */
    void addAll(QdrantCollections collections, UnaryOperator<CollectionDefinition> shown) throws IOException {
        List<String> names = collections.scope();
        expectPoints(collections, names);
        for (String name : names) {
            CollectionDefinition definition = collections.definition(name);
            begin(shown.apply(definition));
            if (meter.isInBytes()) {
                // The points of a collection have similar sizes, so the first one gives an estimate.
                long points = collections.count(name);
                collections.page(
                        definition, Optional.empty(), 1, first -> meter.expect(points * first.approximateBytes()));
            }
            collections.scrollUnordered(definition, this::add);
            end();
        }
    }

    /** Adds the points of these collections to the expected progress, if the meter counts records. */
    void expectPoints(QdrantCollections collections, List<String> names) {
        if (!meter.isInBytes()) {
            names.forEach(name -> meter.expect(collections.count(name)));
        }
    }

    @Override
    public void begin(CollectionDefinition definition) throws IOException {
        collection = definition.name();
        handler.count(collection, 0);
        handler.add(new CollectionRecord(definition));
        if (!tenant.sharesCollections()) {
            for (byte[] part : canonical.parts(definition)) {
                handler.add(new PartRecord(part));
            }
        }
    }

    @Override
    public void add(Point point) throws IOException {
        record.point = point;
        if (isCluster && LargeNumbers.areIn(point.payload())) {
            handler.omitDigest();
        }
        handler.add(record);
        meter.record(point.approximateBytes());
    }

    @Override
    public void end() {
        meter.flush();
    }

    /** A record of the collection itself. */
    private final class CollectionRecord implements StoredRecord {
        private final CollectionDefinition definition;

        CollectionRecord(CollectionDefinition definition) {
            this.definition = definition;
        }

        @Override
        public String countedAs() {
            return null;
        }

        @Override
        public byte[] digest() {
            return canonical.name(definition);
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            Map<String, Integer> dimensions = new LinkedHashMap<>();
            definition
                    .denseVectors()
                    .forEach((name, params) ->
                            dimensions.put(name, params.path("size").asInt()));
            visitor.collection(definition.name(), dimensions);
            visitor.other("the parameters and the payload indexes of the collection " + definition.name());
            for (String alias : definition.aliases()) {
                visitor.other("the alias " + alias + " of the collection " + definition.name());
            }
        }
    }

    /** A part of a definition, which is digested but not shown. */
    private record PartRecord(byte[] digest) implements StoredRecord {
        @Override
        public String countedAs() {
            return null;
        }
    }

    /** The current point. One object serves all points. */
    private final class PointRecord implements StoredRecord {
        private Point point;

        @Override
        public String countedAs() {
            return collection;
        }

        @Override
        public byte[] digest() {
            return canonical.point(collection, point);
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            List<RecordVisitor.Vector> vectors = new ArrayList<>();
            point.vectors()
                    .forEach((name, vector) ->
                            vectors.add(new RecordVisitor.Vector(name, vector.values(), vector.indices())));
            visitor.point(point.id(), Json.MAPPER.convertValue(point.payload(), MAP), vectors);
        }
    }
}
