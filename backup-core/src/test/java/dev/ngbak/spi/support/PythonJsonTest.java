package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The expected texts are those of Python 3.11. */
class PythonJsonTest {

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void asciiIsSpelledAsJsonDumpsDoes() throws IOException {
        String json = "{\"a\":[\"é\\ud83d\\ude00\\u007f\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\",1.5,true,null,{ },[ ],"
                + "\n{\"b\":[1]}],\"\\uD83D\":NaN}";

        assertThat(new String(PythonJson.ascii(utf8(json)), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"a\": [\"\\u00e9\\ud83d\\ude00\\u007f\\u0000\\\"\\\\/\\b\\f\\n\\r\\t\", 1.5, true, null, {},"
                                + " [], {\"b\": [1]}], \"\\ud83d\": NaN}");
    }

    @Test
    void memberOfAnIndentedFileIsSpelledAsJsonDumpDoes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        PythonJson.indented(utf8("{\"a\":[\"\\u00e9\\u007f\\ud83d\",1.50,{},[],{\"b\":[1]}]}"), 1, out);

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                        {
                            "a": [
                              "é\u007f\\ud83d",
                              1.50,
                              {},
                              [],
                              {
                                "b": [
                                  1
                                ]
                              }
                            ]
                          }""");
    }

    @Test
    void oneLineKeepsCharactersThatAreNotAscii() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        PythonJson.oneLine(utf8("{\"a\":[\"é\",1,{}]}"), out);

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"a\": [\"é\", 1, {}]}");
    }

    @Test
    void digitsRepeatedMembersAndDepthAreKept() throws IOException {
        String deep = "[".repeat(5_000) + "1.50e+400" + "]".repeat(5_000);

        assertThat(PythonJson.ascii(utf8(deep))).isEqualTo(utf8(deep));
        assertThat(PythonJson.ascii(utf8("{\"a\": 1, \"a\": 18446744073709551617}")))
                .isEqualTo(utf8("{\"a\": 1, \"a\": 18446744073709551617}"));
    }
}
