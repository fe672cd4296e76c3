package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.ngbak.testkit.AwkwardValues;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class JsonScannerTest {

    private static final String LIKELY = "{}[],:\"\\0123456789.eE+-tfnNIu \n\0";

    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(2_000_000)
                    .maxNumberLength(1 << 20)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    @Test
    void acceptsAndRefusesWhatJacksonDoes() throws IOException {
        Random random = new Random(42);
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            write(text, random, 0);
            byte[] document = text.toString().getBytes(UTF_8);
            if (i % 4 != 0) {
                document = mutated(document, random);
            }
            boolean expected = isAcceptedByJackson(document);
            assertThat(isAccepted(document))
                    .as("document %d: %s", i, new String(document, UTF_8))
                    .isEqualTo(expected);
            if (expected) {
                accepted++;
            } else {
                refused++;
            }
        }
        assertThat(accepted).isGreaterThan(5_000);
        assertThat(refused).isGreaterThan(5_000);
    }

    /**
     * The reference: UTF-8 as the JDK's decoder has it, and then JSON as Jackson has it. On purpose different are: a byte
     * order mark, which Jackson passes over; and INF, -INF, +INF and +Infinity, more spellings of infinity in Jackson that
     * Python neither writes nor reads.
     */
    private static boolean isAcceptedByJackson(byte[] document) throws IOException {
        String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
        } catch (CharacterCodingException e) {
            return false;
        }
        if (text.startsWith("\ufeff")) {
            return false;
        }
        try (JsonParser parser = JACKSON.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            do {
                boolean odd = parser.currentToken().isNumeric()
                        && (parser.getText().contains("INF") || parser.getText().startsWith("+"));
                if (odd) {
                    return false;
                }
                if (parser.currentToken().isStructEnd()
                        && parser.getParsingContext().inRoot()) {
                    break;
                }
            } while (!parser.getParsingContext().inRoot() && parser.nextToken() != null);
            return parser.nextToken() == null;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static boolean isAccepted(byte[] document) throws IOException {
        try {
            minified(document);
            return true;
        } catch (Malformed e) {
            assertThat(e).hasMessageStartingWith("is not valid JSON at byte ");
            return false;
        }
    }

    private static byte[] minified(byte[] document) throws IOException {
        ByteArrayOutputStream minified = new ByteArrayOutputStream();
        JsonScanner json = new JsonScanner(new ByteArrayInputStream(document));
        json.value(minified::write);
        json.end();
        return minified.toByteArray();
    }

    private static void write(StringBuilder out, Random random, int depth) {
        space(out, random);
        int kind = random.nextInt(depth > 5 ? 5 : 8);
        switch (kind) {
            case 0 -> out.append(random.nextLong());
            case 1 -> out.append(random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300));
            case 2, 3 -> out.append(SampleFiles.quoted(AwkwardValues.anyText(random)));
            case 4 ->
                out.append(Arrays.asList(
                                "true",
                                "false",
                                "null",
                                "NaN",
                                "Infinity",
                                "-Infinity",
                                "0",
                                "-0",
                                "0e-5",
                                "\"\\ud800\"")
                        .get(random.nextInt(10)));
            case 5 -> {
                out.append('{');
                for (int i = random.nextInt(4); i > 0; i--) {
                    space(out, random);
                    out.append(SampleFiles.quoted(AwkwardValues.anyText(random)));
                    space(out, random);
                    out.append(':');
                    write(out, random, depth + 1);
                    out.append(i == 1 ? "" : ",");
                }
                space(out, random);
                out.append('}');
            }
            default -> {
                out.append('[');
                for (int i = random.nextInt(4); i > 0; i--) {
                    write(out, random, depth + 1);
                    out.append(i == 1 ? "" : ",");
                }
                space(out, random);
                out.append(']');
            }
        }
        space(out, random);
    }

    private static void space(StringBuilder out, Random random) {
        if (random.nextInt(3) == 0) {
            out.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }

    private static byte[] mutated(byte[] document, Random random) {
        int at = random.nextInt(document.length);
        int likely = LIKELY.charAt(random.nextInt(LIKELY.length()));
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(document, at);
            case 1 -> {
                byte[] flipped = document.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                yield flipped;
            }
            case 2 -> {
                byte[] replaced = document.clone();
                replaced[at] = (byte) (random.nextBoolean() ? likely : random.nextInt(256));
                yield replaced;
            }
            case 3 -> spliced(document, at, at, (byte) (random.nextBoolean() ? likely : random.nextInt(256)));
            default -> spliced(document, at, Math.min(document.length, at + 1 + random.nextInt(3)));
        };
    }

    private static byte[] spliced(byte[] document, int from, int to, byte... instead) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(document, 0, from);
        out.writeBytes(instead);
        out.write(document, to, document.length - to);
        return out.toByteArray();
    }

    @Test
    void leavesOutWhiteSpaceAndNothingElse() throws IOException {
        String text = "\r\n { \"a b\" : [ 1.50 ,\t\"\\u0041 \\\" \" , NaN ] , \"a b\" : { } }\n";
        assertThat(new String(minified(text.getBytes(UTF_8)), UTF_8))
                .isEqualTo("{\"a b\":[1.50,\"\\u0041 \\\" \",NaN],\"a b\":{}}");
    }

    @Test
    void minifiesAlikeWhereverItsBufferEnds() throws IOException {
        String value = "[ \"\ud83d\ude00 \u00e9\" , { \"k\" : -12.5e+3 } , true ]";
        for (int shift = 0; shift < 60; shift++) {
            int spaces = (1 << 16) - shift;
            byte[] document = (" ".repeat(spaces) + value).getBytes(UTF_8);
            assertThat(new String(minified(document), UTF_8))
                    .isEqualTo("[\"\ud83d\ude00 \u00e9\",{\"k\":-12.5e+3},true]");
        }
    }

    @Test
    void tellsWhereItIsNotJson() {
        assertRefused("", "at byte 0: it ends here, before its end");
        assertRefused("{\"a\": 1", "at byte 7: it ends here, before its end");
        assertRefused("{\"a\": \"x", "at byte 8: it ends here, before its end");
        assertRefused("{\"a\": 01}", "at byte 7: a comma or \"}\" should stand here");
        assertRefused("[1,]", "at byte 3: no value is spelled like this");
        assertRefused("{\"a\" 1}", "at byte 5: a colon should stand here");
        assertRefused("{a: 1}", "at byte 1: a member's name should begin here");
        assertRefused("[\"\t\"]", "at byte 2: a control character stands in a string");
        assertRefused("[\"\\x\"]", "at byte 3: no character is escaped like this");
        assertRefused("[\"\\u12g4\"]", "at byte 6: \\u should have four hexadecimal digits");
        assertRefused("[1] [2]", "at byte 4: something follows the end of the value");
        assertRefused("\ufeff[]", "at byte 0: no value is spelled like this");
        assertRefused(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}, "at byte 1: it is not UTF-8");
        assertRefused(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}, "at byte 2: it is not UTF-8");
        assertRefused(new byte[] {'"', (byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'}, "it is not UTF-8");
        assertRefused(new byte[] {'[', 0, ']'}, "at byte 1: no value is spelled like this");
    }

    private static void assertRefused(String document, String message) {
        assertRefused(document.getBytes(UTF_8), message);
    }

    private static void assertRefused(byte[] document, String message) {
        assertThatThrownBy(() -> minified(document))
                .isInstanceOf(Malformed.class)
                .hasMessageContaining(message);
    }

    @Test
    void nestsAMillionDeepAndNoDeeper() {
        int deepest = JsonScanner.DEEPEST;
        assertThatCode(() -> minified(("[".repeat(deepest) + "1" + "]".repeat(deepest)).getBytes(UTF_8)))
                .doesNotThrowAnyException();
        assertRefused("[".repeat(deepest + 1) + "1", "values are nested more than 1000000 deep");
        String mixed = "{\"a\":[".repeat(1000) + "1" + "]}".repeat(1000);
        assertThatCode(() -> minified(mixed.getBytes(UTF_8))).doesNotThrowAnyException();
        assertRefused("{\"a\":[".repeat(1000) + "1" + "}]".repeat(1000), "should stand here");
    }

    @Test
    void holdsNoNameAboveItsLimit() {
        Endless name = new Endless("{\"", 'n', JsonScanner.LONGEST_NAME + 1L, "\": 1}");
        assertThatThrownBy(() -> FileKind.JSON.read(name, "x", Tally.digesting()))
                .isInstanceOf(Malformed.class)
                .hasMessageContaining("a member's name has more than 16777216 bytes");
    }
}
