package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.KnownMembers.ANYTHING;
import static dev.ngbak.qdrant.KnownMembers.map;
import static dev.ngbak.qdrant.KnownMembers.object;
import static dev.ngbak.qdrant.KnownMembers.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a collection's definition contains besides what every server knows: members that ngbak does not know, and members that
 * need a server of some version. The members are those of Qdrant's REST API from 1.7 to 1.19. A server ignores a member of a
 * request that it does not know, so both kinds would be lost in a restore without an error.
 *
 * @param unknown the paths of members and texts that ngbak does not know, sorted
 * @param needs the paths of those that older servers do not know, by the first version that does
 */
record KnownDefinition(List<String> unknown, Map<String, List<String>> needs) {

    // Texts are listed where they decide what a point is, or where an older server refuses them: a server refuses a
    // text
    // that it does not know. Members that a server reports without being asked for, such as wal_retain_closed, have no
    // version here: their absence on an older server changes nothing that a user decided.

    private static final KnownMembers HNSW = object(
                    "m", "ef_construct", "full_scan_threshold", "max_indexing_threads", "on_disk", "payload_m")
            .since("1.16", "inline_storage")
            .since("1.19", "memory");

    private static final KnownMembers QUANTIZATION = object().with(
                    "scalar", object("type", "quantile", "always_ram").since("1.19", "memory"))
            .with("product", object("compression", "always_ram").since("1.19", "memory"))
            .with(
                    "binary",
                    object("always_ram")
                            .since("1.15", "encoding", "query_encoding")
                            .since("1.19", "memory"))
            .since("1.18", "turbo", object("bits", "always_ram").since("1.19", "memory"));

    private static final KnownMembers DATATYPE = text("float32")
            .orText("1.9", "uint8")
            .orText("1.10", "float16")
            .orText("1.19", CollectionDefinition.REQUANTIZED);

    private static final KnownMembers VECTOR = object("size", "on_disk")
            .with("distance", text("Cosine", "Euclid", "Dot", "Manhattan"))
            .with("datatype", DATATYPE)
            .with("hnsw_config", HNSW)
            .with("quantization_config", QUANTIZATION)
            .since("1.10", "multivector_config", object().with("comparator", text("max_sim")))
            .since("1.19", "memory");

    private static final KnownMembers SPARSE_VECTOR = object().with("modifier", text("none", "idf"))
            .with(
                    "index",
                    object("full_scan_threshold", "on_disk")
                            .with("datatype", DATATYPE)
                            .since("1.19", "memory"));

    private static final KnownMembers STRICT_MODE = object("enabled")
            .since(
                    "1.13",
                    "max_query_limit",
                    "max_timeout",
                    "unindexed_filtering_retrieve",
                    "unindexed_filtering_update",
                    "search_max_hnsw_ef",
                    "search_allow_exact",
                    "search_max_oversampling",
                    "upsert_max_batchsize",
                    "max_collection_vector_size_bytes",
                    "read_rate_limit",
                    "write_rate_limit",
                    "max_collection_payload_size_bytes",
                    "filter_max_conditions",
                    "condition_max_size")
            .since("1.14", "max_points_count")
            .since("1.14", "multivector_config", map(object("max_vectors")))
            .since("1.14", "sparse_config", map(object("max_length")))
            .since("1.16", "max_payload_index_count")
            .since("1.18", "search_max_batchsize", "max_resident_memory_percent")
            // Only some servers of 1.18 report it, and 1.19 has it as a quota of the server.
            .with("max_disk_usage_percent");

    private static final KnownMembers CONFIG = object().with(
                    "params",
                    object(
                                    "shard_number",
                                    "replication_factor",
                                    "write_consistency_factor",
                                    "read_fan_out_factor",
                                    "on_disk_payload")
                            .with("vectors", ANYTHING) // Walked separately, because they have names or none.
                            .with("sparse_vectors", map(SPARSE_VECTOR))
                            .with("sharding_method", text("auto", "custom"))
                            .since("1.17", "read_fan_out_delay_ms")
                            .since("1.19", "payload", object("memory")))
            .with("hnsw_config", HNSW)
            .with(
                    "optimizer_config",
                    object(
                                    "deleted_threshold",
                                    "vacuum_min_vector_number",
                                    "default_segment_number",
                                    "max_segment_size",
                                    "memmap_threshold",
                                    "indexing_threshold",
                                    "flush_interval_sec",
                                    "max_optimization_threads")
                            .since("1.17", "prevent_unoptimized"))
            .with("wal_config", object("wal_capacity_mb", "wal_segments_ahead", "wal_retain_closed"))
            .with("quantization_config", QUANTIZATION)
            .with("strict_mode_config", STRICT_MODE)
            .since("1.16", "metadata", ANYTHING);

    private static final KnownMembers INDEX_TYPE = text(
                    "keyword", "integer", "float", "geo", "text", "bool", "datetime")
            .orText("1.11", "uuid");

    private static final KnownMembers STEMMER =
            object("language").with("type", text("snowball").orText("1.19", "none"));

    private static final KnownMembers INDEX = object().with("data_type", INDEX_TYPE)
            .with(
                    "params",
                    object("lookup", "range", "tokenizer", "min_token_len", "max_token_len", "lowercase", "on_disk")
                            .with("type", INDEX_TYPE)
                            .since("1.11", "is_tenant", "is_principal")
                            .since("1.15", "phrase_matching")
                            .since("1.15", "stopwords", object("languages", "custom"))
                            .since("1.15", "stemmer", STEMMER)
                            .since("1.16", "ascii_folding")
                            .since("1.17", "enable_hnsw")
                            .since("1.19", "prefix", "memory"));

    static KnownDefinition of(CollectionDefinition collection) {
        TreeSet<String> unknown = new TreeSet<>();
        Map<String, List<String>> needs = new TreeMap<>();
        KnownMembers.Receiver receiver = new KnownMembers.Receiver() {
            @Override
            public void unknown(String path) {
                unknown.add(path);
            }

            @Override
            public void since(String version, String path) {
                needs.computeIfAbsent(version, any -> new ArrayList<>()).add(path);
            }
        };
        CONFIG.walk("config", collection.config(), receiver);
        collection
                .denseVectors()
                .forEach((name, params) ->
                        VECTOR.walk("config.params.vectors" + (name.isEmpty() ? "" : "." + name), params, receiver));
        map(INDEX).walk("payload_schema", collection.schema(), receiver);
        return new KnownDefinition(List.copyOf(unknown), needs);
    }
}
