package dev.ngbak.layout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads members of an untrusted JSON object, of any size and depth, without building a tree. */
public final class JsonObject {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private JsonObject() {}

    /** Receives a member. The parser is at the member's value, which need not be consumed. */
    interface Member {
        void read(String name, JsonParser json) throws IOException;
    }

    /**
     * Reads all members of a value.
     *
     * @return false if the value is not one JSON object; some members may have been read before that is known
     * @throws IOException any exception of the member, unchanged
     */
    static boolean read(byte[] value, Member member) throws IOException {
        try (JsonParser json = JSON.createParser(value)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                member.read(name, json);
                // Does nothing unless the parser is still at the beginning of an array or an object.
                json.skipChildren();
            }
            return json.nextToken() == null;
        } catch (JsonProcessingException | CharConversionException e) {
            return false;
        }
    }

    /**
     * Returns the texts and the 32-bit integers among some members of a value, as {@link String} and {@link Integer}. Returns
     * no member if the value is not one JSON object.
     */
    public static Map<String, Object> scalars(byte[] value, Set<String> names) throws IOException {
        Map<String, Object> scalars = new HashMap<>();
        boolean isObject = read(value, (name, json) -> {
            if (names.contains(name)) {
                scalars.put(name, scalar(json));
            }
        });
        return isObject ? scalars : Map.of();
    }

    /**
     * Returns the texts in the arrays among some members of a value, and in the arrays nested in them, by member and in their
     * order. A member that is not an array has no texts.
     */
    public static Map<String, List<String>> texts(byte[] value, Set<String> names) throws IOException {
        Map<String, List<String>> texts = new HashMap<>();
        read(value, (name, json) -> {
            if (names.contains(name)) {
                List<String> found = new ArrayList<>();
                forEachText(json, found::add);
                texts.put(name, found);
            }
        });
        return texts;
    }

    /** Receives a text. */
    interface Text {
        void add(String text) throws IOException;
    }

    /** Reads all texts in the current array and in the arrays nested in it. */
    static void forEachText(JsonParser json, Text texts) throws IOException {
        int depth = json.currentToken() == JsonToken.START_ARRAY ? 1 : 0;
        while (depth > 0) {
            switch (json.nextToken()) {
                case START_ARRAY -> depth++;
                case END_ARRAY -> depth--;
                case START_OBJECT -> json.skipChildren();
                case VALUE_STRING -> texts.add(json.getText());
                default -> {
                    // Numbers are not ids.
                }
            }
        }
    }

    /** Returns the current text or 32-bit integer, or {@code null} for any other value. */
    private static Object scalar(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getNumberType() == JsonParser.NumberType.INT ? json.getIntValue() : null;
            default -> null;
        };
    }
}
