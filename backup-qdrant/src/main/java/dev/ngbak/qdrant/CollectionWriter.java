package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Creates and deletes collections with their payload indexes, limits and aliases, but without their points. */
final class CollectionWriter {

    /** How long the nodes of a cluster may take to agree, in seconds. */
    private static final String TIMEOUT = "?timeout=60";

    private final QdrantSettings settings;
    private final QdrantCollections collections;
    private final QdrantHttp http;

    CollectionWriter(QdrantSettings settings, QdrantCollections collections) {
        this.settings = settings;
        this.collections = collections;
        this.http = collections.http();
    }

    /** Deletes the collection of this name, if any. */
    void delete(String collection) {
        http.checkAborted();
        if (collections.all().contains(collection)) {
            http.delete(QdrantHttp.path(collection) + TIMEOUT);
            if (collections.nodes().isCluster()) {
                new Replicas(collections).awaitDeleted(collection);
            }
        }
    }

    /** Deletes all collections in scope except those in {@code kept}. */
    void deleteAllExcept(Collection<String> kept) {
        collections.scope().stream().filter(name -> !kept.contains(name)).forEach(this::delete);
    }

    /** Deletes all collections in scope with their snapshots, which the server keeps after the collection. */
    void clear() {
        for (String collection : collections.scope()) {
            Snapshots.ofCollection(http, collection).deleteAll();
            delete(collection);
        }
    }

    /** Deletes the collection of this name, if any, and creates it without points. */
    void recreate(CollectionDefinition collection) {
        delete(collection.name());
        create(collection);
    }

    /** Creates a collection without points, and without a strict mode that a server gives to new collections. */
    void create(CollectionDefinition collection) {
        create(collection, collection.shardKeys());
    }

    /**
     * Deletes the collection of this name, if any, and creates it without points and with the same ids of shards as in the
     * archive where a key has several: the server computes from the ids to which of them a point belongs.
     */
    void recreateWithShardIds(CollectionDefinition collection) {
        delete(collection.name());
        List<ShardGroup> groups = ShardGroup.withFillers(collection.shardKeys());
        create(collection, groups);
        groups.stream()
                .filter(group -> !collection.shardKeys().contains(group))
                .forEach(filler -> http.change(
                        "POST",
                        QdrantHttp.path(collection.name()) + "/shards/delete" + TIMEOUT,
                        filler.key().restrict(Json.object())));
    }

    private void create(CollectionDefinition collection, List<ShardGroup> groups) {
        String path = QdrantHttp.path(collection.name());
        http.change("PUT", path + TIMEOUT, collection.creation());
        groups.forEach(group -> createShardKey(collection.name(), group));
        if (collections.nodes().isCluster()) {
            new Replicas(collections).awaitCreated(collection.name());
        }
        setWhatCreationCannot(collection);
        if (collections.definition(collection.name()).isStrict()) {
            update(collection, CollectionDefinition.noLimits());
        }
        createIndexes(path, collection);
    }

    /** Creates a shard key with its shards. */
    void createShardKey(String collection, ShardGroup group) {
        http.checkAborted();
        http.change("PUT", QdrantHttp.path(collection) + "/shards" + TIMEOUT, group.creation());
    }

    private void createIndexes(String path, CollectionDefinition collection) {
        // The payload indexes come before the points, because the server takes them into account in the search index.
        collection.schema().fields().forEachRemaining(field -> {
            ObjectNode index = Json.object().put("field_name", field.getKey());
            index.set("field_schema", field.getValue().path(field.getValue().has("params") ? "params" : "data_type"));
            http.change("PUT", path + "/index?wait=true", index);
        });
    }

    /** Sets what neither the creation of a collection nor the recovery of a snapshot sets. */
    void setWhatCreationCannot(CollectionDefinition collection) {
        update(collection, collection.update());
    }

    /** Sets the strict mode of a collection, if it has one. */
    void setLimits(CollectionDefinition collection) {
        update(collection, collection.limits());
    }

    private void update(CollectionDefinition collection, ObjectNode update) {
        if (!update.isEmpty()) {
            http.change("PATCH", QdrantHttp.path(collection.name()), update);
        }
    }

    /** Creates the aliases of a collection. Does not take over an alias of a collection out of scope. */
    void createAliases(CollectionDefinition collection) {
        Map<String, String> present = collections.aliases();
        for (String alias : collection.aliases()) {
            String target = present.get(alias);
            if (target != null && !settings.includes(target)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive has the alias \"" + alias + "\" for \"" + collection.name() + "\", but at "
                                + settings.displayName() + " it leads to \"" + target + "\", which is out of scope",
                        "Remove or rename that alias, or correct QDRANT_NAMESPACE_PREFIX");
            }
            ObjectNode actions = Json.object();
            actions.withArray("/actions")
                    .addObject()
                    .putObject("create_alias")
                    .put("collection_name", collection.name())
                    .put("alias_name", alias);
            http.change("POST", "/collections/aliases", actions);
        }
    }
}
