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
            "on_disk_payload",
            "payload");

    /** Parameters that the server takes only in an update of the collection. A recovered snapshot does not have them either. */
    private static final List<String> UPDATE_PARAMS = List.of("read_fan_out_factor", "read_fan_out_delay_ms");

    static final String STRICT_MODE = "strict_mode_config";

    /**
     * The datatype of vectors that the server keeps only in quantised form. It quantises whatever is written, also values that
     * it returned itself, so such a vector cannot be written again without a change.
     */
    static final String REQUANTIZED = "turbo4";

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
            field.getValue().fields().forEachRemaining(member -> {
                if (!member.getKey().equals("points") && !member.getValue().isNull()) {
                    index.set(member.getKey(), member.getValue());
                }
            });
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

    /** Returns the body of the request that creates the collection, without {@link #update} and {@link #limits}. */
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

    /** Returns the body of the request that sets what a creation cannot, or an empty object. */
    ObjectNode update() {
        ObjectNode params = Json.object();
        UPDATE_PARAMS.forEach(param -> copy(config.path("params"), param, params, param));
        ObjectNode update = Json.object();
        if (!params.isEmpty()) {
            update.set("params", params);
        }
        return update;
    }

    /** Returns whether ngbak 0.1 restores everything in this definition. */
    boolean isComplete01() {
        return update().isEmpty() && !config.path("params").hasNonNull("payload");
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

    /** Returns the body of the request that switches the strict mode off. */
    static ObjectNode noLimits() {
        ObjectNode noLimits = Json.object();
        noLimits.putObject(STRICT_MODE).put("enabled", false);
        return noLimits;
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

    /** Returns the names of the dense vectors whose original values the server does not keep. */
    List<String> requantizedVectors() {
        return denseVectors().entrySet().stream()
                .filter(vector ->
                        REQUANTIZED.equals(vector.getValue().path("datatype").asText()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns whether a point has no other vectors than those of the collection. It may lack some. */
    boolean fits(Point point) {
        Map<String, JsonNode> dense = denseVectors();
        JsonNode sparse = config.path("params").path("sparse_vectors");
        return point.vectors().entrySet().stream().allMatch(each -> {
            PointVector vector = each.getValue();
            if (vector.isSparse()) {
                return sparse.has(each.getKey());
            }
            JsonNode params = dense.get(each.getKey());
            return params != null
                    && vector.isMulti() == params.hasNonNull("multivector_config")
                    && (vector.isMulti() ? vector.width() : vector.values().length)
                            == params.path("size").asInt();
        });
    }

    boolean isStrict() {
        return config.path(STRICT_MODE).path("enabled").asBoolean();
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
        return limited(wanted, "max_query_limit");
    }

    /**
     * Returns the number of points that one request may write, or ask for by id: the wanted number, or less in strict mode. Each
     * point counts against the rate limits, and the server never accepts a request beyond the limit of a minute.
     */
    int batchSize(int wanted) {
        return limited(wanted, "upsert_max_batchsize", "write_rate_limit", "read_rate_limit");
    }

    private int limited(int wanted, String... limits) {
        int limited = wanted;
        if (isStrict()) {
            for (String limit : limits) {
                limited = Math.min(limited, config.path(STRICT_MODE).path(limit).asInt(wanted));
            }
        }
        return Math.max(1, limited);
    }
}
