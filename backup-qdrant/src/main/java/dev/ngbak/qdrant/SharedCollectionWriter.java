package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Replaces the points of one tenant in collections that belong to all. Keeps the definition of a collection that exists, and
 * never writes over a point of another tenant.
 */
final class SharedCollectionWriter {

    private final QdrantSettings settings;
    private final QdrantCollections collections;
    private final CollectionWriter writer;
    private final QdrantHttp http;

    SharedCollectionWriter(QdrantSettings settings, QdrantCollections collections, CollectionWriter writer) {
        this.settings = settings;
        this.collections = collections;
        this.writer = writer;
        this.http = collections.http();
    }

    /**
     * Deletes the tenant's points of a collection, or creates the collection if there is none.
     *
     * @return the definition of the collection that was there, whose limits apply; empty if it was created
     */
    Optional<CollectionDefinition> prepare(CollectionDefinition archived) {
        if (collections.find(archived.name()).isEmpty()) {
            writer.create(archived);
            return Optional.empty();
        }
        CollectionDefinition present = collections.definition(archived.name());
        requireSameVectors(archived, present);
        requireSameSharding(archived, present);
        addShardKeys(archived, present);
        deletePoints(present);
        return Optional.of(present);
    }

    private void requireSameSharding(CollectionDefinition archived, CollectionDefinition present) {
        if (archived.hasCustomShards() != present.hasCustomShards()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection \"" + archived.name() + "\" at " + settings.displayName()
                            + (present.hasCustomShards()
                                    ? " has shard keys, but that of the archive has none"
                                    : " has no shard keys, but that of the archive has some")
                            + ". Other tenants use it, so it cannot be replaced",
                    "Restore the archive on a server where this collection does not exist");
        }
    }

    private void addShardKeys(CollectionDefinition archived, CollectionDefinition present) {
        archived.shardKeys().stream()
                .filter(group -> !present.parts().contains(Optional.of(group.key())))
                .forEach(group -> writer.createShardKey(archived.name(), group));
    }

    private void requireSameVectors(CollectionDefinition archived, CollectionDefinition present) {
        if (!shapes(archived).equals(shapes(present))) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection \"" + archived.name() + "\" at " + settings.displayName()
                            + " has other vectors (" + shapes(present) + ") than the archive (" + shapes(archived)
                            + "). Other tenants use it, so it cannot be replaced",
                    "Restore the archive on a server where this collection has the archive's vectors or does not exist");
        }
    }

    /** Returns the sizes, metrics and datatypes of the dense vectors, by name. */
    private static Map<String, String> shapes(CollectionDefinition collection) {
        Map<String, String> shapes = new TreeMap<>();
        collection
                .denseVectors()
                .forEach((name, params) -> shapes.put(
                        name,
                        params.path("size").asInt() + " "
                                + params.path("distance").asText() + " "
                                + params.path("datatype").asText("float32")));
        return shapes;
    }

    /** Deletes the tenant's points of all collections except those in {@code kept}. */
    void deletePointsExcept(Collection<String> kept) {
        collections.scope().stream()
                .filter(name -> !kept.contains(name))
                .map(collections::definition)
                .forEach(this::deletePoints);
    }

    /** Deletes the tenant's points of all collections, and the collections in which no tenant has a point. */
    void clear() {
        deletePointsExcept(List.of());
        collections.included().stream().filter(collections::isEmpty).forEach(writer::delete);
    }

    /**
     * Deletes the tenant's points. In strict mode by their ids, because the server may refuse a filter without an index, or one
     * that selects more points than the rate limit permits.
     */
    private void deletePoints(CollectionDefinition collection) {
        http.checkAborted();
        List<ShardKey> keys =
                collection.parts().stream().flatMap(Optional::stream).toList();
        if (collection.hasCustomShards() && keys.isEmpty()) {
            return; // Without a shard there is no point.
        }
        String path = QdrantHttp.path(collection.name()) + "/points";
        if (!collection.isStrict()) {
            http.changeMany(
                    path + "/delete?wait=true",
                    ShardKey.restrict(settings.tenant().restrict(Json.object()), keys));
            return;
        }
        ObjectNode page = ShardKey.restrict(
                settings.tenant()
                        .restrict(Json.object()
                                .put("limit", collection.pageSize(collection.batchSize(PointUpserts.MAX_BATCH_POINTS)))
                                .put("with_payload", false)
                                .put("with_vector", false)),
                keys);
        while (true) {
            ObjectNode ids = Json.object();
            http.query(path + "/scroll", page)
                    .path("points")
                    .forEach(point -> ids.withArray("/points").add(point.path("id")));
            if (ids.isEmpty()) {
                return;
            }
            http.change("POST", path + "/delete?wait=true", ShardKey.restrict(ids, keys));
        }
    }

    /** Throws if a point of the archive is not the tenant's. */
    void requireOwn(String collection, Point point) {
        if (!settings.tenant().owns(point.payload())) {
            throw QdrantErrors.corrupt("The archive contains a point of \"" + collection + "\" (" + point.id()
                    + ") that does not belong to its own scope, "
                    + settings.tenant().displayName());
        }
    }

    /**
     * Throws if one of these ids belongs to a point that exists. The tenant's own points have been deleted, so it would be
     * another tenant's, and an upsert would replace it.
     *
     * @param key of the shards to which the points go
     */
    void requireFree(String collection, Collection<String> ids, Optional<ShardKey> key) {
        ObjectNode request = Json.object().put("with_payload", false).put("with_vector", false);
        key.ifPresent(present -> present.restrict(request));
        ArrayNode list = request.putArray("ids");
        for (String id : ids) {
            if (Point.isNumeric(id)) {
                list.add(new BigInteger(id));
            } else {
                list.add(id);
            }
        }
        JsonNode taken = http.query(QdrantHttp.path(collection) + "/points", request);
        if (!taken.isEmpty()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive's point " + taken.path(0).path("id").asText() + " of \"" + collection + "\" at "
                            + settings.displayName() + " has the id of a point of another tenant, or of one that was"
                            + " written during the restore",
                    "Stop the writers and try again. If the problem remains, use another archive");
        }
    }
}
