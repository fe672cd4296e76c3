package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.RawJsonReader;
import dev.ngbak.spi.support.RawJsonReader.ByteSink;
import dev.ngbak.spi.support.RawJsonReader.Dialect;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/** Decodes the files that {@link NamespaceWriter} writes. */
final class NamespaceReader {

    /** The name of the form of these files. */
    static final String FORM = "redis";

    /**
     * The name of the same form if a line has the full content of a key, which ngbak before 0.2 does not know: with the expiry
     * of fields, consumers of streams, or vectors.
     */
    static final String FORM_2 = "redis/2";

    /** The depth to which every version of jq reads nested values. */
    private static final int MAX_DEPTH = 200;

    /** More than any valid word has: the name of a type, or 64 digits. */
    private static final int MAX_WORD_BYTES = 1_000;

    private static final Set<String> KEY_MEMBERS = Set.of("id", "id64", "expires");
    private static final Set<String> OTHER_TYPE = Set.of("type", "content", "dump");
    private static final Set<String> OTHER_TYPE_FULL = Set.of("type", "full_content", "dump");

    /** The tool writes with Python's {@code json}, which does not nest deeper than Python's own limit. */
    private static final int MAX_DEPTH_OF_OTHER_TOOL = 1_000;

    private final KeyHandler handler;
    private final boolean isOfOtherTool;

    /** Takes a key as it is read. The expiry of a key may come separately from its value, before or after it. */
    @FunctionalInterface
    interface KeyHandler {
        void take(byte[] suffix, KeyValue value) throws IOException;
    }

    /** Reads the next part of a file. */
    @FunctionalInterface
    private interface Part {
        void readInto(ByteSink sink) throws IOException;
    }

    NamespaceReader(KeyHandler handler) {
        this(handler, false);
    }

    private NamespaceReader(KeyHandler handler, boolean isOfOtherTool) {
        this.handler = handler;
        this.isOfOtherTool = isOfOtherTool;
    }

    /** Returns a reader of the objects that nano-graphrag's own backup tool writes. */
    static NamespaceReader ofOtherTool(KeyHandler handler) {
        return new NamespaceReader(handler, true);
    }

    /** Returns whether a value can be a member of a JSON object without any change. */
    static boolean isJson(byte[] value) {
        return RawJsonReader.isValue(value, Dialect.STRICT, MAX_DEPTH);
    }

    /** Reads one file. Throws a {@link BackupException} if it is malformed. */
    void read(EntrySource.Entry entry, InputStream content) throws IOException {
        try {
            RawJsonReader json = isOfOtherTool
                    ? new RawJsonReader(content, Dialect.PYTHON, MAX_DEPTH_OF_OTHER_TOOL)
                    : new RawJsonReader(content, Dialect.STRICT, MAX_DEPTH);
            if (entry.path().endsWith(NamespaceWriter.LINES_SUFFIX) && !isOfOtherTool) {
                while (json.peek() != -1) {
                    readLine(entry.name(), json);
                }
            } else if (entry.path().endsWith(NamespaceWriter.OBJECT_SUFFIX)) {
                readObject(entry.name(), json);
            } else {
                throw new MalformedContentException("is not a file of this form");
            }
        } catch (MalformedContentException | ValueTooLargeException e) {
            throw RedisErrors.damaged(SafeText.forMessage(entry.path()) + " " + e.getMessage(), e);
        }
    }

    private void readObject(String namespace, RawJsonReader json) throws IOException {
        json.beginObject();
        while (json.nextMember()) {
            byte[] id = readKey(namespace, json::name);
            byte[] value = readValue(namespace, id, json::rawValue);
            handOver(namespace, id, KeyValue.string(isOfOtherTool ? ToolKeys.onOneLine(value) : value, KeyValue.NEVER));
        }
        json.end();
    }

    private void readLine(String namespace, RawJsonReader json) throws IOException {
        Set<String> members = new HashSet<>();
        byte[] id = null;
        byte[] bytes = null;
        long expires = KeyValue.NEVER;
        String type = "";
        String content = "";
        json.beginObject();
        while (json.nextMember()) {
            String member = readWord(json::name);
            if (!members.add(member)) {
                throw malformed(json, "a line contains a member twice");
            }
            switch (member) {
                case "id" -> id = readKey(namespace, json::string);
                case "id64" -> id = readKey(namespace, json::base64);
                case "text", "base64", "dump" -> {
                    if (bytes != null) {
                        throw malformed(json, "a line contains two values");
                    }
                    bytes = readValue(namespace, id, member.equals("text") ? json::string : json::base64);
                }
                case "type" -> type = readWord(json::string);
                case "content", "full_content" -> content = readWord(json::string);
                case "expires" -> expires = parseExpiry(readWord(json::rawValue));
                default -> throw malformed(json, "a line contains an unknown member");
            }
        }
        if (members.contains("id") == members.contains("id64")) {
            throw malformed(json, "a line must contain either \"id\" or \"id64\"");
        }
        members.removeAll(KEY_MEMBERS);
        if (members.isEmpty() && expires != KeyValue.NEVER) {
            handOver(namespace, id, KeyValue.expiryOnly(expires));
        } else if (members.equals(Set.of("text")) || members.equals(Set.of("base64"))) {
            handOver(namespace, id, KeyValue.string(bytes, expires));
        } else if (members.equals(OTHER_TYPE) || members.equals(OTHER_TYPE_FULL)) {
            boolean isFull = members.contains("full_content");
            KeyValue value = new KeyValue(type, expires, digest(content), bytes, null, isFull);
            handOver(namespace, id, checked(namespace, value));
        } else {
            throw malformed(json, "a line contains neither a complete value nor an expiry");
        }
    }

    private static MalformedContentException malformed(RawJsonReader json, String why) {
        return new MalformedContentException("is malformed at byte " + json.offset() + ": " + why);
    }

    private static byte[] readKey(String namespace, Part key) throws IOException {
        try {
            return collect(ValueLimit.MAX_KEY_BYTES, key);
        } catch (ValueTooLargeException e) {
            throw ValueLimit.keyTooLong("in " + SafeText.quoted(namespace), e.bytes());
        }
    }

    /** @param id {@code null} if it was not read yet */
    private static byte[] readValue(String namespace, byte[] id, Part value) throws IOException {
        try {
            return collect(ValueLimit.MAX_VALUE_BYTES, value);
        } catch (ValueTooLargeException e) {
            String key = id == null
                    ? "in " + SafeText.quoted(namespace)
                    : KeyName.quoted(new KeyName(namespace, id).suffix());
            throw ValueLimit.valueTooLarge(key, e.bytes());
        }
    }

    private static String readWord(Part word) throws IOException {
        return RedisConnection.text(collect(MAX_WORD_BYTES, word));
    }

    private static byte[] collect(long limit, Part part) throws IOException {
        LimitedBuffer buffer = new LimitedBuffer(limit);
        part.readInto(buffer);
        return buffer.takeBytes();
    }

    /** Parses an expiry. Redis accepts every positive number of 64 bits. */
    private static long parseExpiry(String json) throws MalformedContentException {
        try {
            long expires = Long.parseLong(json);
            if (expires >= 0) {
                return expires;
            }
        } catch (NumberFormatException e) {
            // It is too large, or not a whole number.
        }
        throw new MalformedContentException(
                "contains an expiry that is not a number of milliseconds from 0 to " + Long.MAX_VALUE);
    }

    private static byte[] digest(String content) throws MalformedContentException {
        if (!content.matches("[0-9a-f]{64}")) {
            throw new MalformedContentException("contains a content digest that is not 64 hexadecimal digits");
        }
        return HexFormat.of().parseHex(content);
    }

    /** Checks a value that is not a string, and adds the fields that expire. */
    private KeyValue checked(String namespace, KeyValue value) throws IOException {
        if (value.type().isEmpty() || value.isString() || !Dump.isIntact(value.bytes())) {
            throw new MalformedContentException("contains a damaged DUMP");
        }
        if (!DumpDecoder.hasFieldExpiry(value.bytes())) {
            return value;
        }
        try {
            return DumpContent.of(value.bytes(), Long.MIN_VALUE, value.isFull())
                    .map(decoded -> value.withFields(decoded.fieldExpiries()))
                    .orElse(value);
        } catch (ValueTooLargeException e) {
            throw ValueLimit.valueTooLarge("in " + SafeText.quoted(namespace), e.bytes());
        }
    }

    private void handOver(String namespace, byte[] id, KeyValue value) throws IOException {
        byte[] suffix = new KeyName(namespace, id).suffix();
        KeyName name = KeyName.of(suffix);
        if (!name.namespace().equals(namespace) || !Arrays.equals(name.id(), id)) {
            throw new MalformedContentException(
                    "contains the key " + KeyName.quoted(suffix) + ", which belongs to another namespace");
        }
        handler.take(suffix, value);
    }
}
