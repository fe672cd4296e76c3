package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HalfVectorTest {

    /** The expected bits are those of NumPy's {@code float16}. */
    @ParameterizedTest
    @CsvSource({
        "1, 3c00",
        "-2, c000",
        "0.33333334, 3555",
        "65504, 7bff",
        "65519.996, 7bff",
        "65520, 7c00",
        "1e30, 7c00",
        "-Infinity, fc00",
        "NaN, 7e00",
        "1.00048828125, 3c00",
        "1.00146484375, 3c02",
        "6.103515625e-05, 0400",
        "6.097555e-05, 03ff",
        "5.9604645e-08, 0001",
        "2.9802322e-08, 0000",
        "2.9802326e-08, 0001",
        "-0.0, 8000"
    })
    void valuesAreRoundedAsNumPyDoes(float value, String bits) {
        assertThat(String.format("%04x", HalfVector.half(value))).isEqualTo(bits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"entities", "relationships", "chunks"})
    void rowsOfLightRagHaveExactlyTheSameText(String collection) throws IOException {
        JsonNode file = new ObjectMapper()
                .readTree(Folders.SAMPLE
                        .resolve("harbour/vdb_" + collection + ".json")
                        .toFile());
        ByteBuffer matrix = ByteBuffer.wrap(file.path("matrix").binaryValue()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(file.path("data")).isNotEmpty();
        for (JsonNode row : file.path("data")) {
            float[] values = new float[file.path("embedding_dim").asInt()];
            for (int i = 0; i < values.length; i++) {
                values[i] = matrix.getFloat();
            }
            assertThat(HalfVector.encode(values)).isEqualTo(row.path("vector").asText());
            assertThat(HalfVector.matches(row.path("vector").asText(), values)).isTrue();
            values[0] += 0.1f;
            assertThat(HalfVector.matches(row.path("vector").asText(), values)).isFalse();
        }
    }

    @Test
    void damagedTextDoesNotMatch() {
        assertThat(HalfVector.matches(null, new float[2])).isFalse();
        assertThat(HalfVector.matches("?", new float[2])).isFalse();
        assertThat(HalfVector.matches("AAAA", new float[2])).isFalse();
        assertThat(HalfVector.matches(HalfVector.encode(new float[] {1, 2, 3}), new float[] {1, 2}))
                .isFalse();
    }
}
