package dev.ngbak.lightrag;

import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A type of value, or another peculiarity, that a store can contain.
 *
 * @param stores the stores that can contain it
 */
record FidelityCase(String name, Stores stores, Content content) {

    private static final String TEXT = "\"ÆØ\" <SEP> 😀 'x' \\ \t\r\n ]]> &amp;";
    private static final String UNPAIRED = "half \ud83d of a pair";
    private static final Map<String, Object> NOTHING = Map.of();

    enum Stores {
        BOTH,
        FILES,
        SERVER
    }

    interface Content {
        void show(SystemStore store) throws IOException;
    }

    /** Returns the records as a store shows them; empty if it cannot contain them. */
    Optional<RecordSource> in(boolean server, boolean lightRag) {
        return stores == (server ? Stores.FILES : Stores.SERVER)
                ? Optional.empty()
                : Optional.of(visitor -> content.show(new SystemStore(visitor, lightRag, server)));
    }

    static List<FidelityCase> of(boolean lightRag, Role role) {
        return switch (role) {
            case GRAPH -> graphs(lightRag);
            case VECTOR -> vectors(lightRag);
            case KV -> entries(lightRag);
        };
    }

    private static FidelityCase property(String name, Stores stores, Object... values) {
        return new FidelityCase(name, stores, store -> {
            store.graph();
            for (int i = 0; i < values.length; i++) {
                store.node(i, "A" + i, Map.of("p", values[i]));
            }
            for (int i = 0; i < values.length; i++) {
                store.relationship(i, i, Map.of("p", values[i]));
            }
        });
    }

    private static FidelityCase nodes(String name, Stores stores, Content content) {
        return new FidelityCase(name, stores, store -> {
            store.graph();
            store.node(1, "A", NOTHING);
            store.node(2, "B", NOTHING);
            content.show(store);
        });
    }

    private static List<FidelityCase> graphs(boolean lightRag) {
        return List.of(
                property("text", Stores.BOTH, TEXT, ""),
                property("integer of 64 bits", Stores.BOTH, Long.MIN_VALUE, 0L),
                property("larger integer", Stores.FILES, BigInteger.TWO.pow(64)),
                property("float", Stores.BOTH, 0.1, 1e-300, 1.0),
                property("infinity, NaN, negative zero", Stores.BOTH, Double.NEGATIVE_INFINITY, Double.NaN, -0.0),
                property("boolean", Stores.BOTH, true, false),
                property("list", Stores.SERVER, List.of("a", "b")),
                property("date, time, duration, point, bytes", Stores.SERVER, LocalDate.EPOCH),
                property("text with a character that XML cannot hold", Stores.SERVER, "bell \u0007"),
                property("text longer than 16 MiB", Stores.BOTH, RecordVisitor.TOO_LONG),
                lightRag
                        ? nodes(
                                "`entity_id` that is not the name",
                                Stores.FILES,
                                store -> store.node(3, "C", Map.of("entity_id", "D")))
                        : new FidelityCase("communities, levels from 0", Stores.BOTH, store -> {
                            store.graph();
                            store.node(
                                    1,
                                    "A",
                                    store.server()
                                            ? Map.of("communityIds", List.of(3L, 7L))
                                            : Map.of(
                                                    "clusters",
                                                    "[{\"level\": 0, \"cluster\": 3}, {\"level\": 1, \"cluster\": 7}]"));
                        }),
                lightRag
                        ? new FidelityCase("name with quotes, line ends, markup", Stores.BOTH, store -> {
                            store.graph();
                            store.node(1, TEXT, NOTHING);
                            store.node(2, "<b>", NOTHING);
                            store.relationship(1, 2, NOTHING);
                        })
                        : new FidelityCase("communities, other levels", Stores.FILES, store -> {
                            store.graph();
                            store.node(1, "A", Map.of("clusters", "[{\"level\": 1, \"cluster\": 3}]"));
                        }),
                nodes("relationship of a node to itself", Stores.BOTH, store -> store.relationship(1, 1, NOTHING)),
                nodes(
                        "two nodes with one name",
                        Stores.SERVER,
                        store -> store.node(3, "A", Map.of("description", "other"))),
                nodes("equal relationships between two nodes", Stores.SERVER, store -> {
                    store.relationship(1, 2, NOTHING);
                    store.relationship(1, 2, NOTHING);
                }),
                nodes("different relationships, or in both directions", Stores.SERVER, store -> {
                    store.relationship(1, 2, Map.of("weight", 1.0));
                    store.relationship(2, 1, Map.of("weight", 2.0));
                }),
                nodes(
                        "relationship with a node that is missing",
                        Stores.BOTH,
                        store -> store.relationship(1, 7, NOTHING)),
                nodes("node that comes after a relationship", Stores.FILES, store -> {
                    store.relationship(1, 2, NOTHING);
                    store.node(3, "C", NOTHING);
                }),
                nodes(
                        "node without a name",
                        Stores.SERVER,
                        store -> store.visitor().node(3, null, List.of("geo"), NOTHING)),
                nodes("further label", Stores.SERVER, store -> store.node(3, "C", NOTHING, "organization")),
                nodes(
                        "relationship of another type",
                        Stores.SERVER,
                        store -> store.visitor().relationship(1, 2, "KNOWS", NOTHING)),
                nodes(
                        "constraint, index",
                        Stores.SERVER,
                        store -> store.visitor().other("the index")),
                nodes(
                        "directed graph",
                        Stores.FILES,
                        store -> store.visitor()
                                .graph(lightRag ? "chunk_entity_relation" : "graph_chunk_entity_relation", true)),
                nodes("another graph", Stores.FILES, store -> store.visitor().graph("more", false)),
                nodes(
                        "attribute of the graph, default of an attribute",
                        Stores.FILES,
                        store -> store.visitor().other("the default")));
    }

    private static FidelityCase point(String name, Stores stores, Map<String, Object> payload, Vector... vectors) {
        return new FidelityCase(name, stores, store -> {
            store.collection();
            store.point(payload, vectors.length == 0 ? new Vector[] {SystemStore.vector(SystemStore.UNIT)} : vectors);
        });
    }

    private static FidelityCase payload(String name, Stores stores, Object value) {
        return point(name, stores, Map.of("p", value));
    }

    private static List<FidelityCase> vectors(boolean lightRag) {
        return List.of(
                point("vector of the length 1", Stores.BOTH, NOTHING),
                point("vector of another length", Stores.BOTH, NOTHING, SystemStore.vector(3, 4)),
                new FidelityCase("named dense vector, beside sparse ones", Stores.SERVER, store -> {
                    store.visitor()
                            .collection(lightRag ? "lightrag_vdb_entities_stub_2d" : "x_entities", Map.of("dense", 2));
                    store.point(
                            NOTHING,
                            new Vector("dense", SystemStore.UNIT, null),
                            new Vector("sparse", new float[] {1}, new int[] {5}));
                }),
                new FidelityCase("two dense vectors", Stores.SERVER, store -> {
                    store.visitor()
                            .collection(
                                    lightRag ? "lightrag_vdb_entities_stub_2d" : "x_entities",
                                    Map.of("dense", 2, "other", 2));
                    store.point(
                            NOTHING,
                            new Vector("dense", SystemStore.UNIT, null),
                            new Vector("other", SystemStore.UNIT, null));
                }),
                payload("text", Stores.BOTH, TEXT),
                payload("text with half of a surrogate pair", Stores.FILES, UNPAIRED),
                payload("integer of 64 bits", Stores.BOTH, Long.MIN_VALUE),
                payload("larger integer", Stores.FILES, BigInteger.TWO.pow(64)),
                payload("float", Stores.BOTH, 0.1),
                payload("infinity, NaN", Stores.FILES, Double.NaN),
                payload("boolean", Stores.BOTH, true),
                payload("list, object", Stores.BOTH, List.of(1, Map.of("a", List.of()))),
                new FidelityCase("point without a key", Stores.BOTH, store -> {
                    store.collection();
                    store.visitor().point("1", Map.of(), List.of(SystemStore.vector(SystemStore.UNIT)));
                }),
                new FidelityCase("id that does not follow from the key", Stores.SERVER, store -> {
                    store.collection();
                    store.point("ent-1", "7", NOTHING, SystemStore.vector(SystemStore.UNIT));
                }),
                lightRag
                        ? point("`created_at`", Stores.SERVER, Map.of("created_at", 1))
                        : point("further member", Stores.BOTH, Map.of("p", "text")),
                lightRag
                        ? point("`__created_at__`", Stores.FILES, Map.of("__created_at__", 1))
                        : point("`content`", Stores.SERVER, Map.of("content", "text")),
                lightRag
                        ? point("`__write_seq__`", Stores.FILES, Map.of("__write_seq__", 1))
                        : point("`doc_id`", Stores.BOTH, Map.of("doc_id", "doc-1")),
                lightRag
                        ? point("`vector`", Stores.FILES, Map.of("vector", HalfVector.encode(SystemStore.UNIT)))
                        : point("`entity_type`", Stores.BOTH, Map.of("entity_type", "geo")),
                lightRag
                        ? point(
                                "`vector` of another length",
                                Stores.FILES,
                                Map.of("vector", HalfVector.encode(new float[] {3, 4})))
                        : point("`__id__` or `__vector__` in a payload", Stores.SERVER, Map.of("__vector__", 1)),
                new FidelityCase(
                        "collection that the system does not know",
                        Stores.BOTH,
                        store -> store.visitor().collection("more", Map.of("", 2))),
                new FidelityCase(
                        "parameters, payload indexes, aliases; `additional_data` of a file", Stores.BOTH, store -> {
                            store.collection();
                            store.visitor().other("the alias");
                        }));
    }

    private static FidelityCase value(String name, Stores stores, String... values) {
        return new FidelityCase(name, stores, store -> {
            for (int i = 0; i < values.length; i++) {
                store.entry("doc-" + i, values[i]);
            }
        });
    }

    private static FidelityCase raw(String name, Stores stores, String namespace, String key, byte[] value) {
        return new FidelityCase(
                name, stores, store -> store.visitor().entry(namespace, key, value, RecordVisitor.NEVER));
    }

    private static List<FidelityCase> entries(boolean lightRag) {
        return List.of(
                value(
                        "object, list, text, number, `true`, `null`",
                        Stores.BOTH,
                        "{\"a\": [1, {}, []]}",
                        "\"ÆØ😀\"",
                        "null"),
                value(
                        "numbers of any size, their digits",
                        Stores.BOTH,
                        "{\"n\": 1.50e+400, \"m\": 18446744073709551617}"),
                value("NaN, infinity", Stores.BOTH, "{\"n\": NaN, \"m\": -Infinity}"),
                value("repeated member", Stores.BOTH, "{\"a\": 1, \"a\": 2}"),
                value("escaped half of a surrogate pair", Stores.BOTH, "\"\\ud83d\""),
                value("text that is not JSON, empty text", Stores.SERVER, "", "plain"),
                raw("bytes that are not UTF-8", Stores.SERVER, "full_docs", "a", new byte[] {'"', -1, '"'}),
                raw("value longer than 16 MiB", Stores.BOTH, "full_docs", "a", null),
                new FidelityCase(
                        "list, set, hash, sorted set, stream",
                        Stores.SERVER,
                        store -> store.visitor().composite("full_docs", "a", "hash", RecordVisitor.NEVER)),
                new FidelityCase(
                        "expiry",
                        Stores.SERVER,
                        store -> store.visitor()
                                .entry("full_docs", "a", "{}".getBytes(StandardCharsets.UTF_8), 4_102_444_800_000L)),
                new FidelityCase("repeated key", Stores.FILES, store -> {
                    store.entry("a", "1");
                    store.entry("a", "2");
                }),
                raw("key with colons, quotes, line ends", Stores.BOTH, "full_docs", "a:b" + TEXT, new byte[] {'1'}),
                raw("key with half of a surrogate pair", Stores.FILES, "full_docs", UNPAIRED, new byte[] {'1'}),
                raw("another namespace", Stores.BOTH, "more", "a", new byte[] {'1'}),
                lightRag
                        ? raw("index of the statuses", Stores.SERVER, "doc_status__sched", "status:x", null)
                        : raw("report of a community", Stores.FILES, "community_reports", "1", new byte[] {'1'}));
    }
}
