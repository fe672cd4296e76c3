package dev.ngbak.check;

import static dev.ngbak.check.TestSystem.chunkKey;
import static dev.ngbak.check.TestSystem.entityPayload;
import static dev.ngbak.check.TestSystem.key;
import static dev.ngbak.check.TestSystem.vectors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.check.TestSystem.Point;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorRulesTest {

    /** The unsigned XXH64 of ALICE's key, from another implementation. */
    private static final String POINT_ID_OF_ALICE = "190136047363694829";

    private final TestSystem system = TestSystem.healthy();

    private void replaceAlice(String id, Map<String, Object> payload) {
        system.collections.get("here_entities").set(0, new Point(id, payload, vectors(1, 0)));
    }

    @Test
    void entityKeyHoldsForThePointIdThatDerivesFromTheKey() throws IOException {
        replaceAlice(POINT_ID_OF_ALICE, entityPayload("ALICE"));

        assertThat(system.broken()).isEmpty();
    }

    @Test
    void entityKeyIsBrokenByThePointIdOfAnotherKey() throws IOException {
        replaceAlice("3250140580981705344", entityPayload("ALICE"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.ENTITY_VECTOR_KEY_IS_HASH, 1L));
    }

    @Test
    void entityKeyIsBrokenByTheKeyOfAnotherName() throws IOException {
        replaceAlice(null, Map.of("id", key("ent-", "X"), "entity_name", "ALICE"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.ENTITY_VECTOR_KEY_IS_HASH, 1L));
    }

    @Test
    void entityKeyIsBrokenWithoutAName() throws IOException {
        system.point("here_entities", "1", Map.of(), vectors(1, 0));

        assertThat(system.broken()).isEqualTo(Map.of(Id.ENTITY_VECTOR_KEY_IS_HASH, 1L));
        assertThat(system.check(Id.ENTITY_VECTOR_KEY_IS_HASH).samples())
                .containsExactly("here_entities 1 (no key) has no entity_name");
    }

    @Test
    void entityHasNodeIsBrokenByAVectorWithoutANode() throws IOException {
        system.entity("CAROL", 1, 1);

        assertThat(system.broken()).isEqualTo(Map.of(Id.ENTITY_VECTOR_HAS_NODE, 1L));
    }

    @Test
    void entityHasNodeHoldsForANodeWithQuotesInItsName() throws IOException {
        system.entity("CAROL", 1, 1);
        system.node(2, "\"CAROL\"", "PERSON", chunkKey("world"));

        assertThat(system.broken()).isEmpty();
    }

    @Test
    void nodeWithoutAVectorBreaksTheRuleOfItsType() throws IOException {
        system.node(2, "CAROL", "PERSON", chunkKey("world"));
        system.node(3, "DAVE", "UNKNOWN", chunkKey("world"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.TYPED_NODE_HAS_VECTOR, 1L, Id.UNTYPED_NODE_HAS_VECTOR, 1L));
        assertThat(system.check(Id.TYPED_NODE_HAS_VECTOR).samples()).containsExactly("CAROL");
    }

    @Test
    void chunkVectorIsBrokenWhenItsChunkIsMissing() throws IOException {
        system.chunkPoint("chunk-1");

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_VECTOR_HAS_CHUNK, 1L));
        assertThat(system.check(Id.CHUNK_VECTOR_HAS_CHUNK).samples())
                .containsExactly("here_chunks (chunk-1) is not in text_chunks");
    }

    @Test
    void chunkVectorIsBrokenByAnotherDocument() throws IOException {
        Map<String, Object> payload = Map.of("id", chunkKey("world"), "doc_id", "doc-another");
        system.collections.get("here_chunks").set(1, new Point(null, payload, vectors(1, 0)));

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_VECTOR_HAS_CHUNK, 1L));
    }

    @Test
    void chunkVectorIsBrokenByThePointIdOfAnotherKey() throws IOException {
        Map<String, Object> payload = Map.of("id", chunkKey("world"));
        system.collections.get("here_chunks").set(1, new Point("1", payload, vectors(1, 0)));

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_VECTOR_HAS_CHUNK, 1L));
    }

    @Test
    void chunkHasVectorIsBrokenByAChunkWithoutAPoint() throws IOException {
        system.collections.get("here_chunks").remove(1);

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_HAS_VECTOR, 1L));
    }

    @Test
    void chunkHasVectorDoesNotApplyWithoutACollectionOfChunks() throws IOException {
        system.collections.remove("here_chunks");

        assertThat(system.broken()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource
    void dimensionIsBrokenByMalformedVectors(List<Vector> malformed) throws IOException {
        system.collections.get("here_entities").set(0, new Point(null, entityPayload("ALICE"), malformed));

        assertThat(system.broken()).isEqualTo(Map.of(Id.VECTOR_HAS_DIMENSION, 1L));
    }

    static Stream<List<Vector>> dimensionIsBrokenByMalformedVectors() {
        Vector sound = new Vector("dense", new float[] {1, 0}, null);
        return Stream.of(
                List.of(),
                List.of(new Vector("dense", new float[3], null)),
                List.of(new Vector("dense", new float[0], null)),
                List.of(sound, new Vector("sparse", new float[2], new int[] {7, 7})),
                List.of(sound, new Vector("sparse", new float[2], new int[] {-1, 7})),
                List.of(sound, new Vector("sparse", new float[1], new int[] {1, 7})));
    }

    @Test
    void dimensionIsComparedWithTheSetting() throws IOException {
        system.settings = Settings.of(Map.of("EMBEDDING_DIMENSION", "2"));
        assertThat(system.check().broken(Severity.ERROR)).isZero();

        system.settings = Settings.of(Map.of("EMBEDDING_DIMENSION", "1536"));
        CheckReport.Result result = system.check(Id.VECTOR_HAS_DIMENSION);
        assertThat(result.count()).isEqualTo(2);
        assertThat(result.samples())
                .contains("the collection here_chunks has vectors of dimension 2, but EMBEDDING_DIMENSION is 1536");
    }
}
