package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Reads a {@code vdb_*.json} of NanoVectorDB: {@code embedding_dim}, the rows of {@code data}, and {@code matrix}, their
 * vectors as one Base64 text of 32-bit floats, little-endian, row after row.
 */
final class VectorRecords {

    private final JsonScanner json;
    private final String collection;
    private final Tally tally;
    private final MessageDigest record;
    private final MessageDigest part;
    private final ShownPoints shown;
    private long dimension = -1;
    private long rows = -1;
    private long vectors = -1;

    private VectorRecords(InputStream in, String collection, Tally tally) {
        this.json = new JsonScanner(in);
        this.collection = collection;
        this.tally = tally;
        this.record = tally.sha256();
        this.shown = tally.visitor() == null ? null : new ShownPoints(collection, tally.visitor());
        this.part = shown == null ? tally.sha256() : shown.part();
    }

    static void read(InputStream in, String collection, Tally tally) throws IOException {
        VectorRecords records = new VectorRecords(in, collection, tally);
        try (ShownPoints shown = records.shown) {
            records.read();
            if (shown != null) {
                shown.announce(records.dimension);
            }
        }
    }

    private void read() throws IOException {
        json.enter('{');
        for (boolean first = true; json.next('}', first); first = false) {
            byte[] name = json.name();
            switch (JsonScanner.text(name)) {
                case "embedding_dim" -> dimension(name);
                case "data" -> data();
                case "matrix" -> matrix();
                default -> other(name);
            }
        }
        json.end();
        require(dimension > 0, "it has no \"embedding_dim\"");
        require(rows >= 0, "it has no \"data\"");
        require(vectors >= 0, "it has no \"matrix\"");
        require(rows == vectors, "it has " + rows + " rows of data, but " + vectors + " vectors");
        tally.records(rows);
        tally.count(collection, rows);
    }

    private void dimension(byte[] name) throws IOException {
        require(dimension < 0, "it has \"embedding_dim\" twice");
        ByteArrayOutputStream digits = new ByteArrayOutputStream();
        json.value((bytes, offset, length) -> {
            part.update(bytes, offset, length);
            digits.write(bytes, offset, Math.min(length, Math.max(0, 20 - digits.size())));
        });
        String text = digits.toString(StandardCharsets.UTF_8);
        require(text.matches("[1-9]\\d{0,7}"), "its \"embedding_dim\" is not a number from 1 to 99999999");
        dimension = Long.parseLong(text);
        member(name);
    }

    private void data() throws IOException {
        require(rows < 0, "it has \"data\" twice");
        json.enter('[');
        for (rows = 0; json.next(']', rows == 0); rows++) {
            if (json.peek() != '{') {
                throw json.bad("a row of \"data\" should begin here, which is an object");
            }
            begin('r');
            ContentDigest.number(record, rows);
            json.value(part::update);
            if (shown != null) {
                shown.row(dimension);
            }
            record.update(part.digest());
            tally.add(record);
        }
    }

    private void matrix() throws IOException {
        require(vectors < 0, "it has \"matrix\" twice");
        require(dimension > 0, "its \"matrix\" stands before its \"embedding_dim\"");
        Base64Rows matrix = new Base64Rows(dimension * Float.BYTES, part, this::vector);
        vectors = 0;
        json.string(matrix);
        matrix.end();
    }

    private void vector() throws IOException {
        begin('x');
        ContentDigest.number(record, vectors++);
        if (shown != null) {
            shown.vector(dimension);
        }
        record.update(part.digest());
        tally.add(record);
    }

    private void other(byte[] name) throws IOException {
        // Python would take an escaped spelling of "data" for "data".
        require(JsonScanner.text(name).indexOf('\\') < 0, "one of its members has an escape in its name");
        json.value(part::update);
        member(name);
    }

    private void member(byte[] name) {
        begin('m');
        ContentDigest.field(record, name);
        record.update(part.digest());
        tally.add(record);
    }

    private void begin(char tag) {
        record.update((byte) tag);
        ContentDigest.field(record, collection);
    }

    private static void require(boolean condition, String otherwise) throws Malformed {
        if (!condition) {
            throw notNano(otherwise);
        }
    }

    static Malformed notNano(String why) {
        return new Malformed("is not what NanoVectorDB writes: " + why);
    }
}
