package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.files.FileWriting.RecordFile;
import dev.ngbak.spi.support.PythonJson;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A {@code vdb_*.json} file of NanoVectorDB. Its rows and its vectors wait in files of their own until all have come. */
final class VectorFile implements RecordFile {

    /** A multiple of three, so that the pieces of Base64 can be joined. */
    private static final int PIECE_BYTES = 3 << 14;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build());

    private final Spool rows;
    private final Spool vectors;
    private int dimension;
    private boolean empty = true;

    VectorFile(TempFiles temporary) throws IOException {
        rows = new Spool(temporary);
        vectors = new Spool(temporary);
    }

    void begin(int newDimension) {
        dimension = newDimension;
    }

    int dimension() {
        return dimension;
    }

    void add(String key, Map<String, Object> payload, float[] vector) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("__id__", key);
        row.putAll(payload);
        row.remove("id");
        rows.out().write((empty ? "" : ", ").getBytes(StandardCharsets.US_ASCII));
        empty = false;
        ByteArrayOutputStream spelled = new ByteArrayOutputStream();
        JSON.writeValue(spelled, row);
        PythonJson.oneLine(spelled.toByteArray(), rows.out());
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        vectors.out().write(bytes.array());
    }

    @Override
    public InputStream content() throws IOException {
        return new SequenceInputStream(Collections.enumeration(List.of(
                text("{\"embedding_dim\": " + dimension + ", \"data\": ["),
                rows.in(),
                text("], \"matrix\": \""),
                base64(vectors.in()),
                text("\"}"))));
    }

    private static InputStream text(String ascii) {
        return new ByteArrayInputStream(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private static InputStream base64(InputStream bytes) {
        return new InputStream() {
            private byte[] piece = {};
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0];
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (at == piece.length) {
                    piece = Base64.getEncoder().encode(bytes.readNBytes(PIECE_BYTES));
                    at = 0;
                }
                int n = Math.min(length, piece.length - at);
                System.arraycopy(piece, at, to, offset, n);
                at += n;
                return n == 0 && length > 0 ? -1 : n;
            }
        };
    }

    @Override
    public void close() throws IOException {
        try (rows) {
            vectors.close();
        }
    }
}
