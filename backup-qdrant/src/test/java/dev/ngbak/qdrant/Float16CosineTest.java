package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Vectors that Qdrant normalises and rounds to 16 bits. {@link PreservedTest} has them on a server. */
class Float16CosineTest {

    @Test
    void serverStoresTheSameValuesAgain() throws Exception {
        Float16Cosine writing = new Float16Cosine(collection("float16", "Cosine"));
        Random random = new Random(1);
        int changedWithout = 0;
        for (int i = 0; i < 20_000; i++) {
            float[] values = new float[1 + random.nextInt(12)];
            for (int d = 0; d < values.length; d++) {
                values[d] =
                        random.nextInt(8) == 0 ? 0 : (float) (random.nextGaussian() * Math.pow(10, random.nextInt(5)));
            }
            float[] stored = stored(values);
            Point point = new Point("1", Map.of("", PointVector.dense(stored)), Json.object());
            float[] written = writing.forWriting(point).vectors().get("").values();
            assertThat(stored(written)).as("vector " + i).isEqualTo(stored);
            changedWithout += java.util.Arrays.equals(stored(stored), stored) ? 0 : 1;
        }
        assertThat(changedWithout).isPositive();
    }

    @Test
    void otherVectorsAreWrittenAsTheyAre() throws Exception {
        Point point = new Point("1", Map.of("", PointVector.dense(new float[] {0.6f, 0.79f})), Json.object());
        for (CollectionDefinition other : List.of(collection("float16", "Dot"), collection("float32", "Cosine"))) {
            assertThat(new Float16Cosine(other).forWriting(point)).isSameAs(point);
        }
    }

    private static CollectionDefinition collection(String datatype, String distance) throws Exception {
        JsonNode config = Json.MAPPER.readTree("{\"params\":{\"vectors\":{\"size\":2,\"distance\":\"" + distance
                + "\",\"datatype\":\"" + datatype + "\"}}}");
        return new CollectionDefinition("notes", config, Json.object(), List.of());
    }

    /** Returns what the server stores: the vector, normalised unless it is already, in 16 bits. */
    private static float[] stored(float[] vector) {
        float square = 0;
        for (float value : vector) {
            square += value * value;
        }
        boolean isKept = square < Math.ulp(1f) || Math.abs(square - 1) <= 1e-6f;
        float length = isKept ? 1 : (float) Math.sqrt(square);
        float[] stored = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            stored[i] = half(vector[i] / length);
        }
        return stored;
    }

    /** Rounds to the nearest number of 16 bits, and to the even one of two. */
    private static float half(float value) {
        int exponent = Math.max(Math.getExponent(value), -14);
        double unit = Math.scalb(1.0, exponent - 10);
        return (float) (Math.rint(value / unit) * unit);
    }
}
