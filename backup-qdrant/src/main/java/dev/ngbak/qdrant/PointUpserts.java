package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes points to a collection in batches. Qdrant rejects requests of more than 32 MB. */
final class PointUpserts {

    private static final int MAX_BATCH_BYTES = 4 << 20;
    static final int MAX_BATCH_POINTS = 500;

    /** Looks at the ids of a batch, which have the same shard key, before it is sent. */
    @FunctionalInterface
    interface BatchCheck {
        void check(List<String> ids, Optional<ShardKey> key);
    }

    private final QdrantHttp http;
    private final String path;
    private final int batchPoints;
    private final BatchCheck check;
    private final List<String> ids = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Optional<ShardKey> key = Optional.empty();
    private JsonGenerator json;
    private long sentPoints;

    /** @param batchPoints the maximum number of points in a batch */
    PointUpserts(QdrantHttp http, String collection, int batchPoints, BatchCheck check) throws IOException {
        this.http = http;
        this.batchPoints = batchPoints;
        this.check = check;
        this.path = QdrantHttp.path(collection) + "/points?wait=true";
        startBatch();
    }

    private void startBatch() throws IOException {
        bytes.reset();
        ids.clear();
        json = Json.MAPPER.createGenerator(bytes);
        json.writeStartObject();
        json.writeArrayFieldStart("points");
    }

    void add(Point point) throws IOException {
        if (!ids.isEmpty() && !point.shardKey().equals(key)) {
            sendBatch();
            startBatch();
        }
        key = point.shardKey();
        PointJson.write(point, json);
        json.flush();
        ids.add(point.id());
        if (ids.size() >= batchPoints || bytes.size() >= MAX_BATCH_BYTES) {
            sendBatch();
            startBatch();
        }
    }

    private void sendBatch() throws IOException {
        json.writeEndArray();
        if (key.isPresent()) {
            json.writeFieldName(ShardKey.MEMBER);
            json.writeTree(key.get().json());
        }
        json.writeEndObject();
        json.close();
        http.checkAborted();
        check.check(ids, key);
        http.put(path, bytes.toByteArray());
        sentPoints += ids.size();
    }

    /** Sends the last batch. Returns the number of points sent. */
    long finish() throws IOException {
        if (!ids.isEmpty()) {
            sendBatch();
        }
        return sentPoints;
    }
}
