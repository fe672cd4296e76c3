package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonMemberFilterTest {

    private static String filtered(InputStream json, int level) throws IOException {
        InputStream filter = new JsonMemberFilter(
                json, level, Set.of("path"), text -> text.startsWith("/old") ? "/new" + text.substring(4) : text);
        return new String(filter.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String filtered(String json) throws IOException {
        return filtered(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\": {\"path\": \"/old/x\"}}      | {\"a\": {\"path\": \"/new/x\"}}",
                "{ \"a\":{\"b\":1,\"path\" :  \"/old\" ,\"c\":[]} } | { \"a\":{\"b\":1,\"path\" :  \"/new\" ,\"c\":[]} }",
                "{\"a\": {\"p\\u0061th\": \"\\/old\\/x\"}} | {\"a\": {\"p\\u0061th\": \"/new/x\"}}",
                "{\"a\": {\"path\": \"/old/\\u00e9\"}} | {\"a\": {\"path\": \"/new/\\u00e9\"}}",
                "{\"a\": {\"path\": \"/old/é\\n\\\"\"}} | {\"a\": {\"path\": \"/new/é\\u000a\\\"\"}}",
                "{\"a\": {\"x\": {}, \"path\": \"/old\"}} | {\"a\": {\"x\": {}, \"path\": \"/new\"}}",
            })
    void memberOfTheLevelIsChanged(String json, String expected) throws IOException {
        assertThat(filtered(json)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"path\": \"/old\"}",
                "{\"a\": {\"b\": {\"path\": \"/old\"}, \"path2\": \"/old\", \"c\": \"path\", \"d\": \"/old\"}}",
                "{\"a\": [\"path\", \"/old\"], \"path\": [\"path\", \"/old\"]}",
                "{\"a\": {\"path\": [\"/old\"], \"b\": \"/old\"}}",
                "{\"a\": {\"path\": 1, \"b\": \"/old\"}}",
                "{\"a\": {\"path\": \"/other \\ud800 \\u00E9 \\/\"}}",
                "{\"a\": {\"path\": \"/old \\ud800\"}}",
                "{\"a\": {\"path\": \"/old",
            })
    void everythingElseStays(String json) throws IOException {
        assertThat(filtered(json)).isEqualTo(json);
    }

    @Test
    void boundariesOfReadsDoNotMatter() throws IOException {
        String json = "{\"a\": {\"path\": \"/old/\\\"x\"}, \"b\": {\"path\": \"/old\"}}";
        List<InputStream> bytes = new ArrayList<>();
        for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(new ByteArrayInputStream(new byte[] {b}));
        }

        assertThat(filtered(new SequenceInputStream(Collections.enumeration(bytes)), 2))
                .isEqualTo(json.replace("/old", "/new"));
    }

    @Test
    void longTextPassesWithoutBeingHeld() throws IOException {
        String json = "{\"a\": {\"path\": \"/old" + "x".repeat(200_000) + "\", \"path\": \"/old\"}}";

        assertThat(filtered(json)).isEqualTo(json.replace("\"/old\"", "\"/new\""));
    }

    @Test
    void levelOneIsTheOutermostObject() throws IOException {
        byte[] json = "{\"path\": \"/old\", \"a\": {\"path\": \"/old\"}}".getBytes(StandardCharsets.UTF_8);

        assertThat(filtered(new ByteArrayInputStream(json), 1))
                .isEqualTo("{\"path\": \"/new\", \"a\": {\"path\": \"/old\"}}");
    }
}
