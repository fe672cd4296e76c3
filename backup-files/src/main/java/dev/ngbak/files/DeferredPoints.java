package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.support.TempFiles;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Joins the rows of a NanoVectorDB file with their vectors, and shows each pair as a point. Rows and vectors are in different
 * parts of the file. The part that comes first waits in a temporary file. An empty {@code Optional} stands for a row or vector
 * that is too long to be shown.
 */
final class DeferredPoints implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(RecordVisitor.MAX_LENGTH)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build());

    private static final ObjectReader OBJECT = JSON.readerFor(new TypeReference<LinkedHashMap<String, Object>>() {});
    private static final int ABSENT = -1;

    private final String collection;
    private final TempFiles files;
    private final RecordHandler records;
    private FileChannel waiting;
    private DataOutputStream out;
    private DataInputStream in;
    private boolean rowsWait;

    DeferredPoints(String collection, TempFiles files, RecordHandler records) {
        this.collection = collection;
        this.files = files;
        this.records = records;
    }

    /** Shows the collection. Call it before the first vector. */
    void beginCollection(int dimension) throws IOException {
        records.add(new OnlyShown(visitor -> visitor.collection(collection, Map.of("", dimension))));
    }

    /** Shows a part of the file that belongs to no point. */
    void addOther(String what) throws IOException {
        records.add(new OnlyShown(visitor -> visitor.other(what)));
    }

    void addRow(Optional<byte[]> row) throws IOException {
        if (waiting == null) {
            rowsWait = true;
        }
        if (rowsWait) {
            defer(row);
        } else {
            handOver(row, nextDeferred());
        }
    }

    void addVector(Optional<byte[]> vector) throws IOException {
        if (rowsWait) {
            handOver(nextDeferred(), vector);
        } else {
            defer(vector);
        }
    }

    private void handOver(Optional<byte[]> row, Optional<byte[]> vector) throws IOException {
        records.add(new OnlyShown(visitor -> {
            if (row.isPresent()) {
                List<Vector> vectors =
                        vector.map(DeferredPoints::dense).stream().toList();
                visitor.point(null, payload(row.get()), vectors);
            }
        }));
    }

    private static Map<String, Object> payload(byte[] row) throws IOException {
        try {
            Map<String, Object> payload = OBJECT.readValue(row);
            Object key = payload.remove("__id__");
            if (key != null) {
                payload.put("id", key);
            }
            return payload;
        } catch (JsonProcessingException e) {
            return Map.of(); // The row is nested deeper than Jackson reads.
        }
    }

    private static Vector dense(byte[] vector) {
        float[] values = new float[vector.length / Float.BYTES];
        ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return new Vector("", values, null);
    }

    private void defer(Optional<byte[]> part) throws IOException {
        if (waiting == null) {
            waiting = files.open();
            out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(waiting), 1 << 16));
        }
        if (part.isEmpty()) {
            out.writeInt(ABSENT);
        } else {
            out.writeInt(part.get().length);
            out.write(part.get());
        }
    }

    /**
     * Returns the next deferred part; empty if it is too long to be shown. Also returns empty after the last part: the
     * parser then rejects the file, because the numbers of rows and vectors differ.
     */
    private Optional<byte[]> nextDeferred() throws IOException {
        if (in == null) {
            out.flush();
            waiting.position(0);
            in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(waiting), 1 << 16));
        }
        try {
            int length = in.readInt();
            return length == ABSENT ? Optional.empty() : Optional.of(in.readNBytes(length));
        } catch (EOFException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        if (waiting != null) {
            waiting.close();
        }
    }
}
