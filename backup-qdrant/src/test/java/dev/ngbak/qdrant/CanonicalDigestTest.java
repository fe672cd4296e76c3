package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The digests of ngbak 0.1, which archives contain. They must never change. */
class CanonicalDigestTest {

    private static final String DEFINITION = """
            {"name": "notes", "config": {"params": {"vectors": {
            "dense": {"size": 2, "distance": "Cosine"},
            "multi": {"size": 2, "distance": "Dot", "datatype": "float16", "multivector_config": {"comparator": "max_sim"}}},
            "sparse_vectors": {"sparse": {"modifier": "idf"}}}},
            "payload_schema": {"k": {"data_type": "keyword"}}, "aliases": ["current notes"]}""";

    private static final String PAYLOAD = """
            {"z": null, "\\ud83d\\ude00": true, "\\uffff": false, "n": 18446744073709551615, "f": 0.1,
            "l": [[], {}, ""], "t": "text"}""";

    @Test
    void digestsAreThoseOfTheFirstVersion() throws Exception {
        RecordDigester digester = RecordDigester.digesting();
        QdrantRecords records =
                new QdrantRecords(digester, ProgressMeter.ofRecords(Progress.NONE, "points", () -> {}), Tenant.EVERY);

        records.begin(CollectionDefinition.ofArchive(Json.MAPPER.readTree(DEFINITION)));
        assertThat(digester.summary().contentDigest())
                .isEqualTo("a4032a83663caedaa8a01eb28f748e3fed9b272350866d12373e38846924f568");
        assertThat(digester.summary().counts().counts()).containsExactly(Map.entry("notes", 0L));

        Map<String, PointVector> vectors = new LinkedHashMap<>();
        vectors.put("sparse", PointVector.sparse(new int[] {7, -1}, new float[] {0.5f, -0f}));
        vectors.put("dense", PointVector.dense(new float[] {1f, Float.MIN_VALUE}));
        vectors.put("multi", PointVector.multi(2, new float[] {1, 2, 3, 4}));
        records.add(new Point("18446744073709551615", vectors, (ObjectNode) Json.MAPPER.readTree(PAYLOAD)));
        assertThat(digester.summary().contentDigest())
                .isEqualTo("71a64d524ac6c2f4921ae1c4d1f68d0e8ddcc51fa089b3093b442da359789c6c");

        Map<String, PointVector> empty = Map.of("", PointVector.dense(new float[0]));
        records.add(new Point("550e8400-e29b-41d4-a716-446655440000", empty, Json.object()));
        assertThat(digester.summary().contentDigest())
                .isEqualTo("8eeafcd847b04c4d5aa881ee86ad9e48985f8d260d31560300d13d653fe7a33e");
        assertThat(digester.summary().records()).isEqualTo(2);
    }

    /** These digests were computed from the bytes in docs/FORMAT.md by another program. */
    @Test
    void shardKeysAreDigestedWithTheirType() throws Exception {
        assertDigests(
                new ShardKey("7", false),
                "1a0f46f59654d47ea1bee3655708c099d9c47cf4882076dacc00bf9ea437593c",
                "4b8404eca1267271fd5b2fca589d0f000947909813c3597f617ce1b706c889ff");
        assertDigests(
                new ShardKey("7", true),
                "91a256ef1de2fd3e052cee9b1ad0dd8d00253003e099fa1fba72f3b8ea4d2e76",
                "989124ff94133da905cc01910273e83b96e83bcd7081d717e04086c5dbbe1340");
    }

    private static void assertDigests(ShardKey key, String ofKey, String ofPoint) {
        CanonicalDigest canonical = new CanonicalDigest();
        CollectionDefinition collection = new CollectionDefinition("c", Json.object(), Json.object(), List.of())
                .withShardKeys(List.of(new ShardGroup(key, 1, 1, 1)));
        assertThat(canonical.parts(collection))
                .singleElement()
                .isEqualTo(HexFormat.of().parseHex(ofKey));
        assertThat(canonical.point("c", new Point("1", Map.of(), Json.object(), Optional.of(key))))
                .isEqualTo(HexFormat.of().parseHex(ofPoint));
    }
}
