package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a collection is, beside its points.
 *
 * @param config as the server tells it
 * @param schema the payload indexes, by field
 */
record Definition(String name, JsonNode config, JsonNode schema, List<String> aliases) {

    private static final List<String> PARAMS = List.of(
            "vectors",
            "sparse_vectors",
            "shard_number",
            "replication_factor",
            "write_consistency_factor",
            "read_fan_out_factor",
            "on_disk_payload");

    static Definition of(String name, JsonNode config, JsonNode payloadSchema, List<String> aliases) {
        ObjectNode schema = Rest.JSON.createObjectNode();
        payloadSchema.fields().forEachRemaining(field -> {
            ObjectNode index = schema.putObject(field.getKey());
            index.set("data_type", field.getValue().path("data_type"));
            if (field.getValue().hasNonNull("params")) {
                index.set("params", field.getValue().path("params"));
            }
        });
        return new Definition(name, config, schema, aliases.stream().sorted().toList());
    }

    static Definition from(JsonNode tree) {
        List<String> aliases = new ArrayList<>();
        tree.path("aliases").forEach(alias -> aliases.add(alias.asText()));
        return new Definition(
                tree.path("name").asText(), tree.path("config"), tree.path("payload_schema"), List.copyOf(aliases));
    }

    void addTo(ObjectNode tree) {
        tree.put("name", name);
        tree.set("config", config);
        tree.set("payload_schema", schema);
        aliases.forEach(tree.withArray("/aliases")::add);
    }

    /** What makes a new collection the same. Limits come later, or they would stand in the way of the points. */
    ObjectNode creation() {
        ObjectNode creation = Rest.JSON.createObjectNode();
        PARAMS.forEach(param -> copy(config.path("params"), param, creation, param));
        copy(config, "hnsw_config", creation, "hnsw_config");
        copy(config, "optimizer_config", creation, "optimizers_config");
        copy(config, "wal_config", creation, "wal_config");
        copy(config, "quantization_config", creation, "quantization_config");
        copy(config, "metadata", creation, "metadata");
        return creation;
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.hasNonNull(name)) {
            to.set(as, from.get(name));
        }
    }

    boolean hasCustomShards() {
        return "custom".equals(config.path("params").path("sharding_method").asText());
    }

    /** How many points a scroll may ask for. */
    int page(int wanted) {
        JsonNode strict = config.path("strict_mode_config");
        int most = strict.path("enabled").asBoolean()
                ? strict.path("max_query_limit").asInt(wanted)
                : wanted;
        return Math.max(1, Math.min(wanted, most));
    }
}
