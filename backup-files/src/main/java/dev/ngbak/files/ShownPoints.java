package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
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
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows rows together with their vectors, which stand in another part of the file. Whichever part comes first waits in a
 * temporary file for the other.
 */
final class ShownPoints implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build());

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private final String collection;
    private final RecordVisitor visitor;
    private final Held part = new Held();
    private FileChannel waiting;
    private DataOutputStream out;
    private DataInputStream in;
    private boolean rowsWait;
    private boolean announced;

    ShownPoints(String collection, RecordVisitor visitor) {
        this.collection = collection;
        this.visitor = visitor;
    }

    /** What the parser puts a row, or a vector, into. */
    Held part() {
        return part;
    }

    /** Takes the row that was put together. */
    void row(long dimension) throws IOException {
        byte[] row = part.take();
        if (waiting == null) {
            rowsWait = true;
        }
        if (rowsWait) {
            keep(row);
        } else {
            tell(row, next(), dimension);
        }
    }

    /** Takes the vector that was put together. */
    void vector(long dimension) throws IOException {
        byte[] vector = part.take();
        if (rowsWait) {
            tell(next(), vector, dimension);
        } else {
            keep(vector);
        }
    }

    /** Tells of the collection, if no point has done so. */
    void announce(long dimension) throws IOException {
        if (!announced) {
            announced = true;
            visitor.collection(collection, Map.of("", (int) dimension));
        }
    }

    private void tell(byte[] row, byte[] vector, long dimension) throws IOException {
        announce(dimension);
        if (row != null) {
            visitor.point(null, payload(row), vector == null ? List.of() : List.of(dense(vector)));
        }
    }

    private static Map<String, Object> payload(byte[] row) throws IOException {
        try {
            Map<String, Object> payload = JSON.readValue(row, OBJECT);
            Object key = payload.remove("__id__");
            if (key != null) {
                payload.put("id", key);
            }
            return payload;
        } catch (JsonProcessingException e) {
            return Map.of(); // nested beyond all sense
        }
    }

    private static Vector dense(byte[] vector) {
        float[] values = new float[vector.length / Float.BYTES];
        ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return new Vector("", values, null);
    }

    private void keep(byte[] bytes) throws IOException {
        if (waiting == null) {
            waiting = FileChannel.open(
                    Files.createTempFile("ngbak-", ".points"),
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
            out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(waiting), 1 << 16));
        }
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    /** @return {@code null} for what was too long to keep, and when there is nothing more, which the parser then refuses */
    private byte[] next() throws IOException {
        if (in == null) {
            out.flush();
            waiting.position(0);
            in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(waiting), 1 << 16));
        }
        try {
            int length = in.readInt();
            return length < 0 ? null : in.readNBytes(length);
        } catch (EOFException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        if (waiting != null) {
            waiting.close();
        }
    }
}
