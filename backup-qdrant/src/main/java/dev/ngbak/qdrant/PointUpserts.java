package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Writes points to a collection in batches. Qdrant rejects requests of more than 32 MB. */
final class PointUpserts {

    private static final int MAX_BATCH_BYTES = 4 << 20;
    private static final int MAX_BATCH_POINTS = 500;

    private final QdrantHttp http;
    private final String path;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private JsonGenerator json;
    private int batchPoints;
    private long sentPoints;

    PointUpserts(QdrantHttp http, String collection) throws IOException {
        this.http = http;
        this.path = QdrantHttp.path(collection) + "/points?wait=true";
        startBatch();
    }

    private void startBatch() throws IOException {
        bytes.reset();
        batchPoints = 0;
        json = Json.MAPPER.createGenerator(bytes);
        json.writeStartObject();
        json.writeArrayFieldStart("points");
    }

    void add(Point point) throws IOException {
        PointJson.write(point, json);
        json.flush();
        batchPoints++;
        if (batchPoints >= MAX_BATCH_POINTS || bytes.size() >= MAX_BATCH_BYTES) {
            sendBatch();
            startBatch();
        }
    }

    private void sendBatch() throws IOException {
        json.writeEndArray();
        json.writeEndObject();
        json.close();
        http.checkAborted();
        http.put(path, bytes.toByteArray());
        sentPoints += batchPoints;
    }

    /** Sends the last batch. Returns the number of points sent. */
    long finish() throws IOException {
        if (batchPoints > 0) {
            sendBatch();
        }
        return sentPoints;
    }
}
