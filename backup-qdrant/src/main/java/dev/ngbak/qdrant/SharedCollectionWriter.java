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
     * @return whether it was created
     */
    boolean prepare(CollectionDefinition archived) {
        Optional<JsonNode> present = collections.find(archived.name());
        if (present.isEmpty()) {
            writer.create(archived);
            return true;
        }
        CollectionDefinition definition = collections.definition(archived.name());
        requireSameVectors(archived, definition);
        requireSameSharding(archived, definition);
        addShardKeys(archived, definition);
        deletePoints(archived.name());
        return false;
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

    /** Returns the sizes and metrics of the dense vectors, by name. */
    private static Map<String, String> shapes(CollectionDefinition collection) {
        Map<String, String> shapes = new TreeMap<>();
        collection
                .denseVectors()
                .forEach((name, params) -> shapes.put(
                        name,
                        params.path("size").asInt() + " "
                                + params.path("distance").asText()));
        return shapes;
    }

    /** Deletes the tenant's points of all collections except those in {@code kept}. */
    void deletePointsExcept(Collection<String> kept) {
        collections.scope().stream().filter(name -> !kept.contains(name)).forEach(this::deletePoints);
    }

    private void deletePoints(String collection) {
        http.checkAborted();
        CollectionDefinition definition = collections.definition(collection);
        List<ShardKey> keys =
                definition.parts().stream().flatMap(Optional::stream).toList();
        if (definition.hasCustomShards() && keys.isEmpty()) {
            return; // Without a shard there is no point.
        }
        http.changeMany(
                QdrantHttp.path(collection) + "/points/delete?wait=true",
                ShardKey.restrict(settings.tenant().restrict(Json.object()), keys));
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
