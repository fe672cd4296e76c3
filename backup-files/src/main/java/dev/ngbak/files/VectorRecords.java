package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.RawJsonReader;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Consumer;

/**
 * Reads a file of NanoVectorDB: {@code embedding_dim}, the rows of {@code data}, and {@code matrix}, which contains their
 * vectors as one Base64 string of 32-bit floats, row after row.
 */
final class VectorRecords {

    private static final int MAX_DIMENSION_DIGITS = 8;

    private final RawJsonReader json;
    private final String collection;
    private final TempFiles files;
    private final RecordHandler records;
    private final Detail detail;
    private final MessageDigest canonical = ContentDigest.sha256();
    private final CapturedValue value;
    private int dimension;
    private long rows = -1;
    private long vectors = -1;
    private long vectorBytes;

    VectorRecords(InputStream in, String collection, TempFiles files, RecordHandler records) {
        this.json = new RawJsonReader(in, RawJsonReader.Dialect.PYTHON, KeyValueRecords.MAX_DEPTH);
        this.collection = collection;
        this.files = files;
        this.records = records;
        this.detail = records.detail();
        this.value = new CapturedValue(detail);
    }

    void read() throws IOException {
        records.count(collection, 0);
        try (DeferredPoints points = new DeferredPoints(collection, files, records)) {
            json.beginObject();
            while (json.nextMember()) {
                byte[] name = json.rawName(KeyValueRecords.MAX_NAME_BYTES);
                switch (new String(name, StandardCharsets.UTF_8)) {
                    case "embedding_dim" -> readDimension(name, points);
                    case "data" -> readRows(points);
                    case "matrix" -> readVectors(points);
                    default -> readOther(name, points);
                }
            }
            json.end();
        }
        require(dimension > 0, "it has no \"embedding_dim\"");
        require(rows >= 0, "it has no \"data\"");
        require(vectors >= 0, "it has no \"matrix\"");
        require(rows == vectors, "it has " + rows + " rows of data, but " + vectors + " vectors");
    }

    private void readDimension(byte[] name, DeferredPoints points) throws IOException {
        require(dimension == 0, "it has \"embedding_dim\" twice");
        value.begin();
        ByteArrayOutputStream digits = new ByteArrayOutputStream();
        json.minifiedValue((bytes, offset, length) -> {
            value.write(bytes, offset, length);
            digits.write(bytes, offset, Math.min(length, MAX_DIMENSION_DIGITS + 1 - digits.size()));
        });
        String text = digits.toString(StandardCharsets.UTF_8);
        require(
                text.matches("[1-9]\\d{0," + (MAX_DIMENSION_DIGITS - 1) + "}"),
                "its \"embedding_dim\" is not a number from 1 to 99999999");
        dimension = Integer.parseInt(text);
        add('m', null, digest -> ContentDigest.field(digest, name));
        if (detail.hasContent()) {
            points.beginCollection(dimension);
        }
    }

    private void readRows(DeferredPoints points) throws IOException {
        require(rows < 0, "it has \"data\" twice");
        json.beginArray();
        for (rows = 0; json.nextElement(); rows++) {
            if (json.peek() != '{') {
                throw json.malformed("expected an object as a row of \"data\"");
            }
            value.begin();
            json.minifiedValue(value::write);
            add('r', collection, digest -> ContentDigest.number(digest, rows));
            if (detail.hasContent()) {
                points.addRow(value.bytes());
            }
        }
    }

    private void readVectors(DeferredPoints points) throws IOException {
        require(vectors < 0, "it has \"matrix\" twice");
        require(dimension > 0, "its \"matrix\" stands before its \"embedding_dim\"");
        vectors = 0;
        value.begin();
        json.base64((bytes, offset, length) -> {
            int end = offset + length;
            for (int at = offset; at < end; ) {
                int n = (int) Math.min(end - at, (long) dimension * Float.BYTES - vectorBytes);
                value.write(bytes, at, n);
                at += n;
                vectorBytes += n;
                if (vectorBytes == (long) dimension * Float.BYTES) {
                    endVector(points);
                }
            }
        });
        require(vectorBytes == 0, "its \"matrix\" ends in the middle of a vector");
    }

    private void endVector(DeferredPoints points) throws IOException {
        add('x', null, digest -> ContentDigest.number(digest, vectors));
        if (detail.hasContent()) {
            points.addVector(value.bytes());
        }
        value.begin();
        vectors++;
        vectorBytes = 0;
    }

    private void readOther(byte[] name, DeferredPoints points) throws IOException {
        // Python would read an escaped spelling of "data" as "data".
        require(
                new String(name, StandardCharsets.UTF_8).indexOf('\\') < 0,
                "one of its members has an escape in its name");
        value.begin();
        json.minifiedValue(value::write);
        add('m', null, digest -> ContentDigest.field(digest, name));
        if (detail.hasContent()) {
            points.addOther("the member " + SafeText.quoted(new String(name, StandardCharsets.UTF_8))
                    + " of the file of " + SafeText.quoted(collection));
        }
    }

    private static void require(boolean condition, String otherwise) throws MalformedContentException {
        if (!condition) {
            throw new MalformedContentException("is not a NanoVectorDB file: " + otherwise);
        }
    }

    private void add(char tag, String countedAs, Consumer<MessageDigest> identity) throws IOException {
        records.add(new StoredRecord() {
            @Override
            public String countedAs() {
                return countedAs;
            }

            @Override
            public byte[] digest() {
                canonical.update((byte) tag);
                ContentDigest.field(canonical, collection);
                identity.accept(canonical);
                canonical.update(value.digest());
                return canonical.digest();
            }
        });
    }
}
