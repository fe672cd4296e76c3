package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import dev.ngbak.spi.BackupException.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Numbers in Qdrant's answers become the same 32-bit floats as with the JDK's own parser. */
class PointJsonTest {

    private static final List<String> DIFFICULT = List.of(
            "-0",
            "0",
            "-0.0",
            "16777217",
            "9007199791611905",
            "18446744073709551615",
            // Around the middle between two floats. Rounding to a double first moves the last one to the middle.
            "1.00000017881393432617187499",
            "1.00000017881393432617187500",
            "1.00000017881393432617187501",
            "8388609.499999999999999999999",
            "1.4e-45",
            "7.0064923216240853e-46",
            "7.0064923216240854e-46",
            "1.1754943508222875e-38",
            "1.1754942106924411e-38",
            "3.4028234663852886e38",
            "3.4028235677973365e38",
            "3.4028235677973366e38",
            "1e400",
            "-1e-400");

    @Test
    void numbersAreRoundedOnceLikeTheJdk() throws Exception {
        List<String> texts = new ArrayList<>(DIFFICULT);
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            float next = Math.nextUp(value);
            if (Float.isFinite(value) && Float.isFinite(next)) {
                texts.add(Double.toString(value));
                texts.add(Double.toString(((double) value + next) / 2));
                String above = new BigDecimal(((double) value + next) / 2).toPlainString();
                texts.add(above + (above.contains(".") ? "1" : ".1"));
            }
        }
        float[] read;
        try (JsonParser json = Json.MAPPER.createParser("{\"id\":1,\"vector\":[" + String.join(",", texts) + "]}")) {
            json.nextToken();
            read = PointJson.read(json).vectors().get("").values();
        }
        assertThat(read).hasSameSizeAs(texts);
        for (int i = 0; i < read.length; i++) {
            assertThat(Float.floatToRawIntBits(read[i]))
                    .as(texts.get(i))
                    .isEqualTo(Float.floatToRawIntBits(Float.parseFloat(texts.get(i))));
        }
    }

    @Test
    void memberThatNoArchiveWouldContainIsRefused() throws Exception {
        try (JsonParser json =
                Json.MAPPER.createParser("{\"id\":1,\"vector\":[1],\"empty\":null,\"colour\":{\"x\":1}}")) {
            json.nextToken();
            Fixtures.assertFails(() -> PointJson.read(json), Kind.INCOMPATIBLE, "\"colour\"", "newer version");
        }
    }
}
