package dev.ngbak.spi.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.ngbak.spi.support.RawJsonReader.ByteSink;
import dev.ngbak.spi.support.RawJsonReader.Dialect;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class RawJsonReaderTest {

    private static final int MAX_DEPTH = 1_000_000;

    private static final String LIKELY = "{}[],:\"\\0123456789.eE+-tfnNIu \n\0";

    private static final List<String> TEXTS = List.of(
            "",
            "ALICE",
            "C1<SEP>C2",
            "{\"looks\": \"like JSON\", \"n\": NaN}",
            "line\nline\r\nline\tend ",
            "\u00dcn\u00efc\u00f6d\u00e9",
            "\u4e2d\u6587 \ud83d\ude00 \ud840\udc00",
            "\ufeff\u2028\ufffd",
            "\u0000\u001f\u007f");

    private static final List<String> LITERALS =
            List.of("true", "false", "null", "NaN", "Infinity", "-Infinity", "0", "-0", "0e-5", "\"\\ud800\"");

    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(2_000_000)
                    .maxNumberLength(1 << 20)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    // What is valid

    @Test
    void acceptsTheSameDocumentsAsJackson() throws IOException {
        Random random = new Random(42);
        int accepted = 0;
        int rejected = 0;
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
                rejected++;
            }
        }
        assertThat(accepted).isGreaterThan(5_000);
        assertThat(rejected).isGreaterThan(5_000);
    }

    /**
     * The reference: UTF-8 as the JDK decodes it, then JSON as Jackson reads it. The differences are intended: Jackson skips a
     * byte order mark, and it accepts INF, -INF, +INF and +Infinity, which Python neither writes nor reads.
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
                boolean foreignSpelling = parser.currentToken().isNumeric()
                        && (parser.getText().contains("INF") || parser.getText().startsWith("+"));
                if (foreignSpelling) {
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
        } catch (MalformedContentException e) {
            assertThat(e).hasMessageStartingWith("is not valid JSON at byte ");
            return false;
        }
    }

    private static void write(StringBuilder out, Random random, int depth) {
        space(out, random);
        int kind = random.nextInt(depth > 5 ? 5 : 8);
        switch (kind) {
            case 0 -> out.append(random.nextLong());
            case 1 -> out.append(random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300));
            case 2, 3 -> out.append(randomString(random, random.nextBoolean()));
            case 4 -> out.append(LITERALS.get(random.nextInt(LITERALS.size())));
            case 5 -> {
                out.append('{');
                for (int i = random.nextInt(4); i > 0; i--) {
                    space(out, random);
                    // Jackson rejects unpaired surrogates in names, and only there.
                    out.append(randomString(random, false));
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

    private static String randomString(Random random, boolean ascii) {
        String text = TEXTS.get(random.nextInt(TEXTS.size())).repeat(1 + random.nextInt(3));
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || ascii && c > 0x7e) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static void space(StringBuilder out, Random random) {
        if (random.nextInt(3) == 0) {
            out.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }

    private static byte[] mutated(byte[] document, Random random) {
        int at = random.nextInt(document.length);
        byte other =
                (byte) (random.nextBoolean() ? LIKELY.charAt(random.nextInt(LIKELY.length())) : random.nextInt(256));
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(document, at);
            case 1 -> spliced(document, at, at + 1, (byte) (document[at] ^ 1 << random.nextInt(8)));
            case 2 -> spliced(document, at, at + 1, other);
            case 3 -> spliced(document, at, at, other);
            default -> spliced(document, at, Math.min(document.length, at + 1 + random.nextInt(3)));
        };
    }

    private static byte[] spliced(byte[] document, int from, int to, byte... replacement) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(document, 0, from);
        out.writeBytes(replacement);
        out.write(document, to, document.length - to);
        return out.toByteArray();
    }

    @Test
    void reportsThePositionOfAnError() {
        assertRejected("", "at byte 0: the text ends too early");
        assertRejected("{\"a\": 1", "at byte 7: the text ends too early");
        assertRejected("{\"a\": \"x", "at byte 8: the text ends too early");
        assertRejected("{\"a\": 01}", "at byte 7: expected a comma or \"}\"");
        assertRejected("[1,]", "at byte 3: expected a value");
        assertRejected("[1.]", "at byte 3: expected a digit");
        assertRejected("{\"a\" 1}", "at byte 5: expected a colon");
        assertRejected("{a: 1}", "at byte 1: expected a string");
        assertRejected("[\"\t\"]", "at byte 2: control character in a string");
        assertRejected("[\"\\x\"]", "at byte 3: invalid escape sequence");
        assertRejected("[\"\\u12g4\"]", "at byte 6: \\u must be followed by four hexadecimal digits");
        assertRejected("[1] [2]", "at byte 4: unexpected text after the value");
        assertRejected("\ufeff[]", "at byte 0: expected a value");
        assertRejected(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}, "at byte 1: invalid UTF-8");
        assertRejected(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}, "at byte 2: invalid UTF-8");
        assertRejected(new byte[] {'"', (byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'}, "invalid UTF-8");
        assertRejected(new byte[] {'[', 0, ']'}, "at byte 1: expected a value");
    }

    private static void assertRejected(String document, String message) {
        assertRejected(document.getBytes(UTF_8), message);
    }

    private static void assertRejected(byte[] document, String message) {
        assertMalformed(() -> minified(document), message);
    }

    private static void assertMalformed(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(MalformedContentException.class).hasMessageContaining(message);
    }

    @Test
    void strictDialectRejectsWhatOnlyPythonReads() {
        for (String value : List.of("NaN", "Infinity", "-Infinity", "\"\\ud800\"", "{\"\\udc00\": 1}")) {
            assertThat(isValue(value, Dialect.PYTHON)).as(value).isTrue();
            assertThat(isValue(value, Dialect.STRICT)).as(value).isFalse();
        }
        assertThat(isValue("-NaN", Dialect.PYTHON)).isFalse();
    }

    @Test
    void isValueRejectsSurroundingWhiteSpace() {
        assertThat(isValue("{ \"a\": [1, 2] }", Dialect.STRICT)).isTrue();
        for (String text : List.of("", " ", " 1", "1\n", "1 2", "[1],", "\"")) {
            assertThat(isValue(text, Dialect.STRICT)).as(text).isFalse();
        }
    }

    private static boolean isValue(String text, Dialect dialect) {
        return RawJsonReader.isValue(text.getBytes(UTF_8), dialect, 200);
    }

    /** Strings are scanned eight bytes at a time, so every case is tried at every position in such a word. */
    @Test
    void validatesStringsAtEveryPosition() throws IOException {
        List<byte[]> valid = new ArrayList<>();
        for (String text : List.of(
                "",
                "\\u00e9",
                "\\u00E9\\uFfFf",
                "\\ud83d\\ude80",
                "\\n",
                "\\\"\\\\\\/",
                "\u00e9",
                "\u4e2d",
                "\ud83d\ude80",
                "\u007f",
                "!#[]^_{}~",
                "\\u0000")) {
            valid.add(text.getBytes(UTF_8));
        }
        List<byte[]> invalid = new ArrayList<>();
        for (String text : List.of(
                "\"",
                "\\",
                "\\x",
                "\\u00g0",
                "\\u12",
                "\\u00 9",
                "\\ud800",
                "\\udc00",
                "\\ud83d\\u0041",
                "\n",
                "\u0000",
                "\u001f",
                "\\U0041")) {
            invalid.add(text.getBytes(UTF_8));
        }
        for (int b : new int[] {0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe4, 0xf0, 0xf5, 0xff}) {
            invalid.add(new byte[] {(byte) b});
        }
        for (int before = 0; before < 20; before++) {
            for (int after = 0; after < 20; after++) {
                for (byte[] middle : valid) {
                    byte[] text = string(before, middle, after);
                    assertThat(RawJsonReader.isValue(text, Dialect.STRICT, 1))
                            .as(new String(text, UTF_8))
                            .isTrue();
                }
                for (byte[] middle : invalid) {
                    byte[] text = string(before, middle, after);
                    assertThat(RawJsonReader.isValue(text, Dialect.STRICT, 1))
                            .as(new String(text, ISO_8859_1))
                            .isFalse();
                }
            }
        }
    }

    private static byte[] string(int before, byte[] middle, int after) {
        byte[] text = new byte[before + middle.length + after + 2];
        Arrays.fill(text, (byte) 'x');
        text[0] = '"';
        text[text.length - 1] = '"';
        System.arraycopy(middle, 0, text, before + 1, middle.length);
        return text;
    }

    // Limits

    @Test
    void nestsUpToTheLimit() {
        assertThatCode(() -> minified(("[".repeat(MAX_DEPTH) + "1" + "]".repeat(MAX_DEPTH)).getBytes(UTF_8)))
                .doesNotThrowAnyException();
        assertRejected("[".repeat(MAX_DEPTH + 1) + "1", "values are nested more than 1000000 deep");
        String mixed = "{\"a\":[".repeat(1000) + "1" + "]}".repeat(1000);
        assertThatCode(() -> minified(mixed.getBytes(UTF_8))).doesNotThrowAnyException();
        assertRejected("{\"a\":[".repeat(1000) + "1" + "}]".repeat(1000), "expected a comma or \"]\"");
        assertThat(isValue("[".repeat(200) + "]".repeat(200), Dialect.STRICT)).isTrue();
        assertThat(isValue("[".repeat(201) + "]".repeat(201), Dialect.STRICT)).isFalse();
    }

    @Test
    void limitsTheLengthOfANameThatItHolds() throws IOException {
        RawJsonReader exact = reader("{\"abcde\": 1}");
        exact.beginObject();
        assertThat(exact.nextMember()).isTrue();
        assertThat(exact.rawName(5)).isEqualTo("abcde".getBytes(UTF_8));
        RawJsonReader tooLong = reader("{\"abcdef\": 1}");
        tooLong.beginObject();
        assertThat(tooLong.nextMember()).isTrue();
        assertMalformed(() -> tooLong.rawName(5), "a member's name has more than 5 bytes");
    }

    // Values

    @Test
    void minifyingRemovesWhiteSpaceOutsideOfStringsOnly() throws IOException {
        String text = "\r\n { \"a b\" : [ 1.50 ,\t\"\\u0041 \\\" \" , NaN ] , \"a b\" : { } }\n";
        assertThat(new String(minified(text.getBytes(UTF_8)), UTF_8))
                .isEqualTo("{\"a b\":[1.50,\"\\u0041 \\\" \",NaN],\"a b\":{}}");
    }

    @Test
    void minifiesAcrossTheEndOfTheBuffer() throws IOException {
        String value = "[ \"\ud83d\ude00 \u00e9\\u00e9\" , { \"k\" : -12.5e+3 } , true ]";
        for (int shift = 0; shift < 60; shift++) {
            byte[] document = (" ".repeat((1 << 16) - shift) + value).getBytes(UTF_8);
            assertThat(new String(minified(document), UTF_8))
                    .isEqualTo("[\"\ud83d\ude00 \u00e9\\u00e9\",{\"k\":-12.5e+3},true]");
        }
    }

    @Test
    void rawValueKeepsWhiteSpaceInsideAndDropsItAround() throws IOException {
        RawJsonReader reader = reader("{ \"a\" : [ 1.50, \"\\u0041\" ] , \"b\": \"x\" }");
        reader.beginObject();
        assertThat(reader.nextMember()).isTrue();
        assertThat(collected(reader::name)).isEqualTo("a");
        assertThat(collected(reader::rawValue)).isEqualTo("[ 1.50, \"\\u0041\" ]");
        assertThat(reader.nextMember()).isTrue();
        assertThat(collected(reader::name)).isEqualTo("b");
        assertThat(collected(reader::rawValue)).isEqualTo("\"x\"");
        assertThat(reader.nextMember()).isFalse();
        reader.end();
    }

    @Test
    void walksNestedObjectsAndArrays() throws IOException {
        RawJsonReader reader = reader("{\"rows\": [[], [1, 2], [3]], \"empty\": {}, \"last\": 4}");
        StringBuilder found = new StringBuilder();
        reader.beginObject();
        while (reader.nextMember()) {
            found.append(new String(reader.rawName(100), UTF_8)).append('=');
            if (reader.peek() == '[') {
                reader.beginArray();
                while (reader.nextElement()) {
                    reader.beginArray();
                    while (reader.nextElement()) {
                        found.append(collected(reader::rawValue));
                    }
                    found.append(';');
                }
            } else {
                found.append(collected(reader::minifiedValue));
            }
            found.append(' ');
        }
        reader.end();
        assertThat(found).hasToString("rows=;12;3; empty={} last=4 ");
    }

    @Test
    void rawStringKeepsEscapesAndStringDecodesThem() throws IOException {
        for (int before = 0; before < 10; before++) {
            String filler = "x".repeat(before);
            String spelled = filler + "\\u00e9\\ud83d\\ude80\\n\\\"\\u0041\u4e2d" + filler;
            assertThat(collected(reader('"' + spelled + '"')::rawString)).isEqualTo(spelled);
            assertThat(collected(reader('"' + spelled + '"')::string))
                    .isEqualTo(filler + "\u00e9\ud83d\ude80\n\"A\u4e2d" + filler);
        }
        assertMalformed(() -> collected(reader("\"\\ud800\"")::string), "half of a surrogate pair");
    }

    @Test
    void decodesEscapesAcrossTheEndOfTheBuffer() throws IOException {
        String value = "\"a\\ud83d\\ude80\\u00e9\\nb\"";
        for (int shift = 0; shift < 30; shift++) {
            RawJsonReader reader = reader(" ".repeat((1 << 16) - shift) + value);
            assertThat(collected(reader::string)).isEqualTo("a\ud83d\ude80\u00e9\nb");
        }
    }

    // Base64

    @Test
    void decodesBase64OfAnyLength() throws IOException {
        Random random = new Random(7);
        for (int length : new int[] {0, 1, 2, 3, 4, 12_287, 12_288, 12_289, 24_576, 200_000}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            ByteArrayOutputStream decoded = new ByteArrayOutputStream();
            reader('"' + Base64.getEncoder().encodeToString(bytes) + '"').base64(decoded::write);
            assertThat(decoded.toByteArray()).isEqualTo(bytes);
        }
    }

    @Test
    void rejectsBase64ThatIsNotCanonical() {
        String block = "A".repeat(1 << 14);
        for (String text : List.of(
                "A",
                "AA",
                "AAA",
                "AA=",
                "AB==",
                "AAB=",
                "AA==AAAA",
                "=",
                "====",
                "A===",
                "AAAA====",
                "AA\\n==",
                "AA AA",
                "\\u0041AAA",
                "AA-_",
                "\u00e9AAA",
                "AAAA\\/AAA",
                block + "A",
                block.substring(4) + "AA==AAAA")) {
            assertMalformed(
                    () -> reader('"' + text + '"').base64((bytes, from, length) -> {}), "contains invalid Base64");
        }
    }

    private static byte[] minified(byte[] document) throws IOException {
        ByteArrayOutputStream minified = new ByteArrayOutputStream();
        RawJsonReader reader = new RawJsonReader(fiveBytesAtATime(document), Dialect.PYTHON, MAX_DEPTH);
        reader.minifiedValue(minified::write);
        reader.end();
        return minified.toByteArray();
    }

    private static RawJsonReader reader(String text) {
        return new RawJsonReader(new ByteArrayInputStream(text.getBytes(UTF_8)), Dialect.PYTHON, MAX_DEPTH);
    }

    private static InputStream fiveBytesAtATime(byte[] text) {
        return new ByteArrayInputStream(text) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 5));
            }
        };
    }

    private interface Read {
        void into(ByteSink sink) throws IOException;
    }

    private static String collected(Read read) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        read.into(bytes::write);
        return bytes.toString(UTF_8);
    }
}
