package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;

/** Reads the answer to a scroll request to its end, with one point in memory. */
final class PageReader {

    private final JsonParser json;
    private final Point.Consumer points;
    private boolean hasPoints;
    private String nextOffset;

    PageReader(JsonParser json, Point.Consumer points) {
        this.json = json;
        this.points = points;
    }

    /**
     * Hands over the points.
     *
     * @return the id of the first point of the next page
     * @throws JsonParseException for an incomplete or malformed answer
     */
    Optional<String> read() throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isResult = json.currentName().equals("result");
            json.nextToken();
            if (isResult) {
                readResult();
            } else {
                json.skipChildren();
            }
        }
        if (!hasPoints) {
            throw new JsonParseException(json, "it has no points");
        }
        return Optional.ofNullable(nextOffset);
    }

    private void readResult() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken token = json.nextToken();
            if (name.equals("points")) {
                hasPoints = true;
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    points.accept(PointJson.read(json));
                }
            } else if (name.equals("next_page_offset") && token != JsonToken.VALUE_NULL) {
                nextOffset = PointJson.readId(json);
            } else {
                json.skipChildren();
            }
        }
    }
}
