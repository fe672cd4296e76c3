package dev.ngbak.redis;

import dev.ngbak.spi.EntrySink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/**
 * Writes the two files of each namespace: the JSON object, and the companion with what it cannot carry, a JSON object to a
 * line. The companion's lines lie aside until the object is written, since the archive takes one file at a time.
 */
final class NamespaceFiles {

    static final String JSON = ".json";
    static final String COMPANION = ".redis.jsonl";

    /** Three bytes are four characters, so only the last piece may be padded. */
    private static final int BASE64_PIECE = 3 << 12;

    private static final byte[] BEGIN = RedisLink.bytes("{\n");
    private static final byte[] BETWEEN = RedisLink.bytes(",\n");
    private static final byte[] COLON = RedisLink.bytes(": ");
    private static final byte[] END = RedisLink.bytes("\n}\n");

    /** How control characters are spelled. */
    private static final byte[][] ESCAPES = new byte[0x20][];

    static {
        for (int c = 0; c < ESCAPES.length; c++) {
            ESCAPES[c] = RedisLink.bytes(
                    switch (c) {
                        case '\n' -> "\\n";
                        case '\r' -> "\\r";
                        case '\t' -> "\\t";
                        default -> String.format(Locale.ROOT, "\\u%04x", c);
                    });
        }
    }

    private final KeyReader keys;
    private final EntrySink sink;
    private final Path scratch;
    private final Tally tally;
    private boolean more;

    NamespaceFiles(KeyReader keys, EntrySink sink, Path scratch, Tally tally) {
        this.keys = keys;
        this.sink = sink;
        this.scratch = scratch;
        this.tally = tally;
    }

    void write() throws IOException {
        more = keys.next();
        while (more) {
            String namespace = KeyName.of(keys.rest()).namespace();
            // Only its owner may open it, from the first moment.
            Path path = Files.createTempFile(scratch, "ngbak-", ".tmp");
            try (FileChannel aside = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
                Files.deleteIfExists(path);
                OutputStream lines = new BufferedOutputStream(Channels.newOutputStream(aside), 1 << 16);
                sink.put(namespace, JSON, out -> {
                    BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16);
                    object(namespace, buffered, lines);
                    buffered.flush();
                });
                lines.flush();
                if (aside.size() > 0) {
                    aside.position(0);
                    sink.put(
                            namespace,
                            COMPANION,
                            out -> Channels.newInputStream(aside).transferTo(out));
                }
            }
        }
    }

    private void object(String namespace, OutputStream out, OutputStream lines) throws IOException {
        out.write(BEGIN);
        boolean first = true;
        while (more) {
            KeyName name = KeyName.of(keys.rest());
            if (!name.namespace().equals(namespace)) {
                break;
            }
            KeyValue value = keys.value();
            tally.add(keys.rest(), value);
            boolean plain = value.isString() && KeyName.isUtf8(name.id()) && JsonCursor.isValue(value.value());
            if (plain) {
                if (!first) {
                    out.write(BETWEEN);
                }
                first = false;
                quote(name.id(), out);
                out.write(COLON);
                out.write(value.value());
            }
            if (!plain || value.expires() != KeyValue.NEVER) {
                line(name.id(), value, plain, lines);
            }
            more = keys.next();
        }
        out.write(first ? RedisLink.bytes("}\n") : END);
    }

    private static void line(byte[] id, KeyValue value, boolean plain, OutputStream out) throws IOException {
        out.write('{');
        if (KeyName.isUtf8(id)) {
            out.write(RedisLink.bytes("\"id\": "));
            quote(id, out);
        } else {
            out.write(RedisLink.bytes("\"id64\": "));
            base64(id, out);
        }
        if (!plain && !value.isString()) {
            out.write(RedisLink.bytes(", \"type\": "));
            quote(value.type().getBytes(StandardCharsets.UTF_8), out);
            out.write(RedisLink.bytes(
                    ", \"content\": \"" + java.util.HexFormat.of().formatHex(value.content()) + "\", \"dump\": "));
            base64(value.value(), out);
        } else if (!plain && KeyName.isUtf8(value.value())) {
            out.write(RedisLink.bytes(", \"text\": "));
            quote(value.value(), out);
        } else if (!plain) {
            out.write(RedisLink.bytes(", \"base64\": "));
            base64(value.value(), out);
        }
        if (value.expires() != KeyValue.NEVER) {
            out.write(RedisLink.bytes(", \"expires\": " + value.expires()));
        }
        out.write(RedisLink.bytes("}\n"));
    }

    /** Encodes a piece at a time, since the whole text is larger than the value. */
    private static void base64(byte[] bytes, OutputStream out) throws IOException {
        out.write('"');
        for (int from = 0; from < bytes.length; from += BASE64_PIECE) {
            int to = Math.min(bytes.length, from + BASE64_PIECE);
            out.write(Base64.getEncoder().encode(Arrays.copyOfRange(bytes, from, to)));
        }
        out.write('"');
    }

    private static void quote(byte[] utf8, OutputStream out) throws IOException {
        out.write('"');
        int done = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '"' || b == '\\' || b >= 0 && b < 0x20) {
                out.write(utf8, done, i - done);
                done = i + 1;
                out.write(b < 0x20 ? ESCAPES[b] : new byte[] {'\\', b});
            }
        }
        out.write(utf8, done, utf8.length - done);
        out.write('"');
    }
}
