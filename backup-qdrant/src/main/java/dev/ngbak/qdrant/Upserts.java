package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Sends points in batches that are bounded in number and in bytes; servers refuse more than 32 MB at once. */
final class Upserts {

    private static final int MOST_BYTES = 4 << 20;
    private static final int MOST_POINTS = 500;

    private final Rest rest;
    private final String path;
    private final Steps steps;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private JsonGenerator json;
    private int batch;
    private long sent;

    Upserts(Rest rest, String collection, Steps steps) throws IOException {
        this.rest = rest;
        this.path = Rest.collection(collection) + "/points?wait=true";
        this.steps = steps;
        begin();
    }

    private void begin() throws IOException {
        bytes.reset();
        batch = 0;
        json = Rest.JSON.createGenerator(bytes);
        json.writeStartObject();
        json.writeArrayFieldStart("points");
    }

    void add(Point point) throws IOException {
        PointJson.write(point, json);
        json.flush();
        batch++;
        steps.point(point);
        if (batch >= MOST_POINTS || bytes.size() >= MOST_BYTES) {
            send();
            begin();
        }
    }

    private void send() throws IOException {
        json.writeEndArray();
        json.writeEndObject();
        json.close();
        rest.checkAborted();
        sent += batch;
        rest.upsert(path, bytes.toByteArray());
    }

    /** Sends what is left, and returns how many there were. */
    long end() throws IOException {
        if (batch > 0) {
            send();
        }
        steps.tell();
        return sent;
    }
}
