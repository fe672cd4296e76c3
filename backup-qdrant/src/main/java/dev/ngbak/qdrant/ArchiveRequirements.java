package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the collections of an archive need of the server on which they are restored. The preflight of a restore knows nothing
 * else about them.
 *
 * @param keyed the names of the collections with shard keys
 * @param replicas the largest number of replicas of a shard that a collection asks for
 */
record ArchiveRequirements(List<String> keyed, int replicas) {

    static final ArchiveRequirements NONE = new ArchiveRequirements(List.of(), 1);

    private static final String KEYED = "custom_sharding";
    private static final String REPLICAS = "replication_factor";

    /** Returns what the collections in scope need. */
    static ArchiveRequirements read(QdrantCollections collections) {
        List<String> keyed = new ArrayList<>();
        int replicas = 1;
        for (String name : collections.scope()) {
            CollectionDefinition definition = collections.definition(name);
            if (!definition.shardKeys().isEmpty()) {
                keyed.add(name);
            }
            JsonNode params = definition.config().path("params");
            replicas = Math.max(replicas, params.path(REPLICAS).asInt(1));
            for (ShardGroup group : definition.shardKeys()) {
                replicas = Math.max(replicas, group.replicas());
            }
        }
        return new ArchiveRequirements(List.copyOf(keyed), replicas);
    }

    /** Returns a store's description with what is not the same for every server, in its scope. */
    StoreInfo addTo(StoreInfo info) {
        Map<String, String> scope = new LinkedHashMap<>(info.scope());
        if (!keyed.isEmpty()) {
            scope.put(KEYED, Json.MAPPER.valueToTree(keyed).toString());
        }
        if (replicas > 1) {
            scope.put(REPLICAS, Integer.toString(replicas));
        }
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    /**
     * Returns what an archived store needs.
     *
     * @throws BackupException {@code CORRUPT} for a malformed scope
     */
    static ArchiveRequirements ofArchive(StoreInfo archived) {
        List<String> keyed = new ArrayList<>();
        try {
            Json.MAPPER.readTree(archived.scope().getOrDefault(KEYED, "[]")).forEach(name -> keyed.add(name.asText()));
            return new ArchiveRequirements(
                    List.copyOf(keyed), Integer.parseInt(archived.scope().getOrDefault(REPLICAS, "1")));
        } catch (JsonProcessingException | NumberFormatException e) {
            throw QdrantErrors.corrupt("The scope of the vectors in the archive's manifest is malformed", e);
        }
    }

    /** Returns a problem if a server cannot have the collections. */
    Optional<BackupException> problem(QdrantCollections server) {
        if (keyed.isEmpty() || server.nodes().hasClusterMode()) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains collections with custom sharding (" + String.join(", ", keyed) + "), but "
                        + server.displayName() + " does not run in cluster mode, which they need",
                "Restore it on a cluster, or on a single server that was started with QDRANT__CLUSTER__ENABLED=true"));
    }

    /** Returns a warning if a server has too few nodes for the replicas. */
    Optional<String> warning(QdrantCollections server) {
        int nodes = server.nodes().size();
        return replicas <= nodes
                ? Optional.empty()
                : Optional.of(
                        "The archive has collections with up to " + replicas + " replicas, but "
                                + server.displayName() + " has " + nodes + (nodes == 1 ? " node" : " nodes")
                                + ". Qdrant makes one replica on each node. After nodes have been added, add the missing replicas.");
    }
}
