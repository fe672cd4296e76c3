package dev.ngbak.redis;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.support.TempFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Writes the keys of a walk to files, up to two for each namespace: a JSON object with the values that are JSON, and JSON
 * lines with everything that the object cannot represent. The lines go to a temporary file until the object is complete,
 * because an archive takes one file at a time.
 */
final class NamespaceWriter {

    static final String OBJECT_SUFFIX = ".json";
    static final String LINES_SUFFIX = ".redis.jsonl";

    /** A multiple of three, so that only the last piece is padded. */
    private static final int BASE64_PIECE_BYTES = 3 << 12;

    private static final int BUFFER_BYTES = 1 << 16;

    private static final byte[] COLON = RedisConnection.bytes(": ");
    private static final byte[] COMMA = RedisConnection.bytes(",\n");

    /** The escape sequences of control characters. */
    private static final byte[][] ESCAPES = new byte[0x20][];

    static {
        for (int c = 0; c < ESCAPES.length; c++) {
            ESCAPES[c] = RedisConnection.bytes(
                    switch (c) {
                        case '\n' -> "\\n";
                        case '\r' -> "\\r";
                        case '\t' -> "\\t";
                        default -> String.format(Locale.ROOT, "\\u%04x", c);
                    });
        }
    }

    private final KeyWalk keys;
    private final RedisRecords records;
    private final TempFiles tempFiles;
    private boolean more;

    NamespaceWriter(KeyWalk keys, RedisRecords records, TempFiles tempFiles) {
        this.keys = keys;
        this.records = records;
        this.tempFiles = tempFiles;
    }

    /** Writes all keys, and hands each one to the record handler. */
    void writeTo(EntrySink sink) throws IOException {
        more = keys.next();
        while (more) {
            String namespace = KeyName.of(keys.suffix()).namespace();
            try (FileChannel file = tempFiles.open()) {
                OutputStream lines = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
                sink.put(namespace, OBJECT_SUFFIX, out -> {
                    BufferedOutputStream object = new BufferedOutputStream(out, BUFFER_BYTES);
                    writeNamespace(namespace, object, lines);
                    object.flush();
                });
                lines.flush();
                if (file.size() > 0) {
                    file.position(0);
                    sink.put(
                            namespace,
                            LINES_SUFFIX,
                            out -> Channels.newInputStream(file).transferTo(out));
                }
            }
        }
    }

    private void writeNamespace(String namespace, OutputStream object, OutputStream lines) throws IOException {
        write(object, "{\n");
        boolean first = true;
        while (more) {
            KeyName name = KeyName.of(keys.suffix());
            if (!name.namespace().equals(namespace)) {
                break;
            }
            KeyValue value = keys.value();
            records.add(keys.suffix(), value);
            boolean inObject = value.isString() && KeyName.isUtf8(name.id()) && NamespaceReader.isJson(value.bytes());
            if (inObject) {
                if (!first) {
                    object.write(COMMA);
                }
                first = false;
                writeString(object, name.id());
                object.write(COLON);
                object.write(value.bytes());
            }
            if (!inObject || value.hasExpiry()) {
                writeLine(lines, name.id(), value, inObject);
            }
            more = keys.next();
        }
        write(object, first ? "}\n" : "\n}\n");
    }

    private static void writeLine(OutputStream out, byte[] id, KeyValue value, boolean expiryOnly) throws IOException {
        if (KeyName.isUtf8(id)) {
            write(out, "{\"id\": ");
            writeString(out, id);
        } else {
            write(out, "{\"id64\": ");
            writeBase64(out, id);
        }
        if (!expiryOnly) {
            writeValue(out, value);
        }
        if (value.hasExpiry()) {
            write(out, ", \"expires\": " + value.expires());
        }
        write(out, "}\n");
    }

    private static void writeValue(OutputStream out, KeyValue value) throws IOException {
        if (!value.isString()) {
            write(out, ", \"type\": ");
            writeString(out, RedisConnection.bytes(value.type()));
            write(out, value.isFull() ? ", \"full_content\": \"" : ", \"content\": \"");
            write(out, HexFormat.of().formatHex(value.contentDigest()) + "\", \"dump\": ");
            writeBase64(out, value.bytes());
        } else if (KeyName.isUtf8(value.bytes())) {
            write(out, ", \"text\": ");
            writeString(out, value.bytes());
        } else {
            write(out, ", \"base64\": ");
            writeBase64(out, value.bytes());
        }
    }

    private static void write(OutputStream out, String ascii) throws IOException {
        out.write(RedisConnection.bytes(ascii));
    }

    /** Encodes in pieces, because the encoded value is larger than the value. */
    private static void writeBase64(OutputStream out, byte[] bytes) throws IOException {
        out.write('"');
        for (int from = 0; from < bytes.length; from += BASE64_PIECE_BYTES) {
            int to = Math.min(bytes.length, from + BASE64_PIECE_BYTES);
            out.write(Base64.getEncoder().encode(Arrays.copyOfRange(bytes, from, to)));
        }
        out.write('"');
    }

    private static void writeString(OutputStream out, byte[] utf8) throws IOException {
        out.write('"');
        int written = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '"' || b == '\\' || b >= 0 && b < 0x20) {
                out.write(utf8, written, i - written);
                written = i + 1;
                out.write(b < 0x20 ? ESCAPES[b] : new byte[] {'\\', b});
            }
        }
        out.write(utf8, written, utf8.length - written);
        out.write('"');
    }
}
