package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The definition of a collection: everything except its points.
 *
 * @param config the configuration as the server returns it
 * @param schema the payload indexes by field
 * @param aliases sorted
 * @param shardKeys the keys of a collection with custom sharding, in the order of their shards
 */
record CollectionDefinition(
        String name, JsonNode config, JsonNode schema, List<String> aliases, List<ShardGroup> shardKeys) {

    private static final List<String> CREATION_PARAMS = List.of(
            "vectors",
            "sparse_vectors",
            "shard_number",
            "sharding_method",
            "replication_factor",
            "write_consistency_factor",
            "read_fan_out_factor",
            "on_disk_payload");

    private static final String STRICT_MODE = "strict_mode_config";

    private static final String SHARD_KEYS = "shard_keys";

    CollectionDefinition(String name, JsonNode config, JsonNode schema, List<String> aliases) {
        this(name, config, schema, aliases, List.of());
    }

    /** Returns the same definition with other shard keys. */
    CollectionDefinition withShardKeys(List<ShardGroup> keys) {
        return new CollectionDefinition(name, config, schema, aliases, keys);
    }

    /** Returns the definition that a server's answer contains, without its shard keys and the statistics of its payload indexes. */
    static CollectionDefinition ofServer(String name, JsonNode collection, List<String> aliases) {
        ObjectNode schema = Json.object();
        collection.path("payload_schema").fields().forEachRemaining(field -> {
            ObjectNode index = schema.putObject(field.getKey());
            index.set("data_type", field.getValue().path("data_type"));
            if (field.getValue().hasNonNull("params")) {
                index.set("params", field.getValue().path("params"));
            }
        });
        return new CollectionDefinition(
                name,
                collection.path("config"),
                schema,
                aliases.stream().sorted().toList());
    }

    /** Returns the definition that {@link #writeTo} wrote. */
    static CollectionDefinition ofArchive(JsonNode archived) {
        List<String> aliases = new ArrayList<>();
        archived.path("aliases").forEach(alias -> aliases.add(alias.asText()));
        return new CollectionDefinition(
                archived.path("name").asText(),
                archived.path("config"),
                archived.path("payload_schema"),
                List.copyOf(aliases),
                ShardGroup.ofArchive(archived.path(SHARD_KEYS)));
    }

    /** Adds the members of the archived definition to an object. */
    void writeTo(ObjectNode archived) {
        archived.put("name", name);
        archived.set("config", config);
        archived.set("payload_schema", schema);
        aliases.forEach(archived.withArray("/aliases")::add);
        shardKeys.forEach(
                key -> key.writeTo(archived.withArray("/" + SHARD_KEYS).addObject()));
    }

    /** Returns the body of the request that creates the collection, without the limits of {@link #limits}. */
    ObjectNode creation() {
        ObjectNode creation = Json.object();
        CREATION_PARAMS.forEach(param -> copy(config.path("params"), param, creation, param));
        copy(config, "hnsw_config", creation, "hnsw_config");
        copy(config, "optimizer_config", creation, "optimizers_config");
        copy(config, "wal_config", creation, "wal_config");
        copy(config, "quantization_config", creation, "quantization_config");
        copy(config, "metadata", creation, "metadata");
        return creation;
    }

    /**
     * Returns the body of the request that sets the strict mode, or an empty object. A restore sends it after the
     * points, which are written without limits.
     */
    ObjectNode limits() {
        ObjectNode limits = Json.object();
        copy(config, STRICT_MODE, limits, STRICT_MODE);
        return limits;
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String newName) {
        if (from.hasNonNull(name)) {
            to.set(newName, from.get(name));
        }
    }

    /** Returns the parameters of the dense vectors by name. The name of the unnamed vector is empty. */
    Map<String, JsonNode> denseVectors() {
        JsonNode vectors = config.path("params").path("vectors");
        Map<String, JsonNode> named = new LinkedHashMap<>();
        if (vectors.path("size").isNumber()) {
            named.put("", vectors);
        } else {
            vectors.fields().forEachRemaining(field -> named.put(field.getKey(), field.getValue()));
        }
        return named;
    }

    /** Returns whether the application assigns each point to a shard key. */
    boolean hasCustomShards() {
        return "custom".equals(config.path("params").path("sharding_method").asText());
    }

    /**
     * Returns the parts whose points are read one after the other: the shard keys of a collection with custom sharding, or one
     * part without a key.
     */
    List<Optional<ShardKey>> parts() {
        return hasCustomShards()
                ? shardKeys.stream().map(group -> Optional.of(group.key())).toList()
                : List.of(Optional.empty());
    }

    /** Returns the number of points that one request may read: the wanted number, or less in strict mode. */
    int pageSize(int wanted) {
        JsonNode strict = config.path(STRICT_MODE);
        int limit = strict.path("enabled").asBoolean()
                ? strict.path("max_query_limit").asInt(wanted)
                : wanted;
        return Math.max(1, Math.min(wanted, limit));
    }
}
