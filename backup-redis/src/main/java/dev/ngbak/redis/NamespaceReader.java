package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.MalformedContentException;
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

    /** More than the name of any type, and than 64 digits. */
    private static final int MAX_WORD_BYTES = 1_000;

    private static final Set<String> KEY_MEMBERS = Set.of("id", "id64", "expires");

    private final KeyHandler handler;

    /** Takes a key as it is read. The expiry of a key may come separately from its value, before or after it. */
    @FunctionalInterface
    interface KeyHandler {
        void take(byte[] suffix, KeyValue value) throws IOException;
    }

    /** Reads the name of a key. */
    @FunctionalInterface
    private interface KeyText {
        byte[] read() throws IOException;
    }

    NamespaceReader(KeyHandler handler) {
        this.handler = handler;
    }

    /** Reads one file. Throws a {@link BackupException} if it is malformed. */
    void read(EntrySource.Entry entry, InputStream content) throws IOException {
        try {
            JsonCursor json = new JsonCursor(content);
            if (entry.path().endsWith(NamespaceWriter.LINES_SUFFIX)) {
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

    private void readObject(String namespace, JsonCursor json) throws IOException {
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            byte[] id = readKey(namespace, json::name);
            try {
                handOver(namespace, id, KeyValue.string(json.value(), KeyValue.NEVER));
            } catch (ValueTooLargeException e) {
                throw ValueLimit.valueTooLarge(quoted(namespace, id), e.bytes());
            }
        }
        json.end();
    }

    private void readLine(String namespace, JsonCursor json) throws IOException {
        Set<String> members = new HashSet<>();
        byte[] id = null;
        byte[] bytes = null;
        long expires = KeyValue.NEVER;
        String type = "";
        String content = "";
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            String member = RedisConnection.text(json.name());
            if (!members.add(member)) {
                throw json.malformed("a line contains a member twice");
            }
            switch (member) {
                case "id" -> id = readKey(namespace, () -> json.text(ValueLimit.MAX_KEY_BYTES));
                case "id64" -> id = readKey(namespace, () -> json.base64(ValueLimit.MAX_KEY_BYTES));
                case "text", "base64", "dump" -> {
                    if (bytes != null) {
                        throw json.malformed("a line contains two values");
                    }
                    bytes = readValue(json, !member.equals("text"), quoted(namespace, id));
                }
                case "type" -> type = readWord(json);
                case "content" -> content = readWord(json);
                case "expires" -> expires = parseExpiry(json.value());
                default -> throw json.malformed("a line contains an unknown member");
            }
        }
        if (members.contains("id") == members.contains("id64")) {
            throw json.malformed("a line must contain either \"id\" or \"id64\"");
        }
        members.removeAll(KEY_MEMBERS);
        if (members.isEmpty() && expires != KeyValue.NEVER) {
            handOver(namespace, id, KeyValue.expiryOnly(expires));
        } else if (members.equals(Set.of("text")) || members.equals(Set.of("base64"))) {
            handOver(namespace, id, KeyValue.string(bytes, expires));
        } else if (members.equals(Set.of("type", "content", "dump"))) {
            handOver(namespace, id, otherType(type, expires, content, bytes));
        } else {
            throw json.malformed("a line contains neither a complete value nor an expiry");
        }
    }

    private static byte[] readKey(String namespace, KeyText key) throws IOException {
        try {
            return key.read();
        } catch (ValueTooLargeException e) {
            throw ValueLimit.keyTooLong("in " + SafeText.quoted(namespace), e.bytes());
        }
    }

    private static byte[] readValue(JsonCursor json, boolean base64, String key) throws IOException {
        try {
            return base64 ? json.base64(ValueLimit.MAX_VALUE_BYTES) : json.text(ValueLimit.MAX_VALUE_BYTES);
        } catch (ValueTooLargeException e) {
            throw ValueLimit.valueTooLarge(key, e.bytes());
        }
    }

    private static String readWord(JsonCursor json) throws IOException {
        try {
            return RedisConnection.text(json.text(MAX_WORD_BYTES));
        } catch (ValueTooLargeException e) {
            throw json.malformed("\"type\" or \"content\" is too long");
        }
    }

    /** Parses an expiry. Redis accepts every positive number of 64 bits. */
    private static long parseExpiry(byte[] json) throws MalformedContentException {
        try {
            long expires = Long.parseLong(RedisConnection.text(json));
            if (expires >= 0) {
                return expires;
            }
        } catch (NumberFormatException e) {
            // It is too large, or not a whole number.
        }
        throw new MalformedContentException(
                "contains an expiry that is not a number of milliseconds from 0 to " + Long.MAX_VALUE);
    }

    private static KeyValue otherType(String type, long expires, String content, byte[] dump)
            throws MalformedContentException {
        if (!content.matches("[0-9a-f]{64}")) {
            throw new MalformedContentException("contains a content digest that is not 64 hexadecimal digits");
        }
        if (type.isEmpty() || type.equals(KeyValue.STRING) || !Dump.isIntact(dump)) {
            throw new MalformedContentException("contains a damaged DUMP");
        }
        return new KeyValue(type, expires, HexFormat.of().parseHex(content), dump);
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

    /** Returns a key as messages show it. The id is {@code null} if it was not read yet. */
    private static String quoted(String namespace, byte[] id) {
        return id == null ? "in " + SafeText.quoted(namespace) : KeyName.quoted(new KeyName(namespace, id).suffix());
    }
}
