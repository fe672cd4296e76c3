package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * What the decoded files of an archive amount to, in a side table, where what the two files of a namespace say of a key
 * comes together.
 */
final class Staged implements Closeable {

    static final String FORM = "redis";

    /** More than any name of a type, or 64 digits. */
    private static final int LONGEST_WORD = 1_000;

    private final Spill spill;
    private final boolean keep;
    private final Receiver receiver;
    private final Meter meter;
    private StoreSummary summary;

    /** Takes each key as it passes, with its value. An expiry may pass apart from its value, before or after it. */
    @FunctionalInterface
    interface Receiver {
        void take(byte[] rest, KeyValue value) throws IOException;
    }

    private Staged(Spill spill, boolean keep, Receiver receiver, Meter meter) {
        this.spill = spill;
        this.keep = keep;
        this.receiver = receiver;
        this.meter = meter;
    }

    /** @param keep whether the side table has the values that a visitor is shown too */
    static Staged of(EntrySource source, boolean keep, Path scratch, Receiver receiver, Meter meter)
            throws IOException {
        BackupException unfit = objection(source.archived());
        if (unfit != null) {
            throw unfit;
        }
        Spill spill = new Spill(scratch);
        try {
            Staged staged = new Staged(spill, keep, receiver, meter);
            source.forEach(staged::visit);
            meter.tell();
            staged.sum();
            return staged;
        } catch (IOException | RuntimeException e) {
            spill.close();
            throw e;
        }
    }

    /** Why an archived store cannot be read by this plugin, or {@code null}. */
    static BackupException objection(StoreInfo archived) {
        return archived.form().equals(FORM)
                ? null
                : new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive's keys are in the form \"" + RedisFailures.shown(archived.form())
                                + "\", which this version does not know",
                        "Restore it with the version of ngbak that made it");
    }

    StoreSummary summary() {
        return summary;
    }

    /** All keys, each once, in their order. */
    KeyWalk walk() throws IOException {
        return new KeyWalk(spill, Staged::union);
    }

    private void sum() throws IOException {
        Tally tally = new Tally(true);
        KeyWalk walk = walk();
        while (walk.next()) {
            if (walk.value().isExpiryAlone()) {
                throw damaged("an expiry stands there for the key " + name(walk.rest()) + ", which has no value", null);
            }
            tally.add(walk.rest(), walk.value());
        }
        summary = tally.summary();
    }

    private static KeyValue union(byte[] rest, KeyValue earlier, KeyValue later) {
        boolean expiryLast = later.isExpiryAlone() && !earlier.isExpiryAlone() && earlier.expires() == KeyValue.NEVER;
        boolean expiryFirst = earlier.isExpiryAlone() && !later.isExpiryAlone() && later.expires() == KeyValue.NEVER;
        if (expiryLast) {
            return earlier.expiring(later.expires());
        }
        if (expiryFirst) {
            return later.expiring(earlier.expires());
        }
        throw damaged("the key " + name(rest) + " is there twice", null);
    }

    private static String name(byte[] rest) {
        return "\"" + RedisFailures.shown(new String(rest, StandardCharsets.UTF_8)) + "\"";
    }

    /** @param id {@code null} where it is not known yet */
    private static String name(String namespace, byte[] id) {
        return id == null ? "of " + RedisFailures.shown(namespace) : name(new KeyName(namespace, id).rest());
    }

    private void visit(EntrySource.Entry entry, InputStream content) throws IOException {
        try {
            JsonCursor json = new JsonCursor(content);
            if (entry.path().endsWith(NamespaceFiles.COMPANION)) {
                while (json.peek() != -1) {
                    line(entry.name(), json);
                }
            } else if (entry.path().endsWith(NamespaceFiles.JSON)) {
                object(entry.name(), json);
            } else {
                throw damaged(RedisFailures.shown(entry.path()) + " is no file of this form", null);
            }
        } catch (Malformed | TooLarge e) {
            throw damaged(RedisFailures.shown(entry.path()) + ": " + e.getMessage(), e);
        }
    }

    private void object(String namespace, JsonCursor json) throws IOException {
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            member(namespace, json);
        }
        json.end();
    }

    private void member(String namespace, JsonCursor json) throws IOException {
        byte[] id = key(namespace, json::name);
        try {
            add(namespace, id, KeyValue.string(json.value(), KeyValue.NEVER));
        } catch (TooLarge e) {
            throw ValueLimit.exceeded(name(namespace, id), e.bytes());
        }
    }

    private void line(String namespace, JsonCursor json) throws IOException {
        Set<String> members = new HashSet<>();
        byte[] id = null;
        byte[] value = new byte[0];
        long expires = KeyValue.NEVER;
        String type = null;
        String content = "";
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            String member = new String(json.name(), StandardCharsets.UTF_8);
            if (!members.add(member)) {
                throw json.bad("a member is there twice");
            }
            boolean binary = !member.equals("text");
            switch (member) {
                case "id" -> id = key(namespace, () -> json.text(ValueLimit.KEY));
                case "id64" -> id = key(namespace, () -> json.base64(ValueLimit.KEY));
                case "text", "base64", "dump" -> {
                    if (value.length > 0) {
                        throw json.bad("a line has two values");
                    }
                    try {
                        value = binary ? json.base64(ValueLimit.BYTES) : json.text(ValueLimit.BYTES);
                    } catch (TooLarge e) {
                        throw ValueLimit.exceeded(name(namespace, id), e.bytes());
                    }
                }
                case "type" -> type = word(json);
                case "content" -> content = word(json);
                case "expires" -> expires = number(json.value());
                default -> throw json.bad("a line has a member that does not belong there");
            }
        }
        if (members.contains("id") == members.contains("id64")) {
            throw json.bad("a line has no id, or two");
        }
        members.removeAll(Set.of("id", "id64", "expires"));
        if (members.isEmpty() && expires != KeyValue.NEVER) {
            add(namespace, id, KeyValue.expiry(expires));
        } else if (members.equals(Set.of("text")) || members.equals(Set.of("base64"))) {
            add(namespace, id, KeyValue.string(value, expires));
        } else if (members.equals(Set.of("type", "content", "dump"))) {
            add(namespace, id, other(type, expires, content, value));
        } else {
            throw json.bad("a line has neither a value nor an expiry, or only a part of a value");
        }
    }

    /** Reads a key. */
    @FunctionalInterface
    private interface Key {
        byte[] read() throws IOException;
    }

    private static byte[] key(String namespace, Key key) throws IOException {
        try {
            return key.read();
        } catch (TooLarge e) {
            throw ValueLimit.longKey(name(namespace, null), e.bytes());
        }
    }

    private static String word(JsonCursor json) throws IOException {
        try {
            return new String(json.text(LONGEST_WORD), StandardCharsets.UTF_8);
        } catch (TooLarge e) {
            throw json.bad("a type or a content is too long");
        }
    }

    private static KeyValue other(String type, long expires, String content, byte[] dump) throws Malformed {
        if (!content.matches("[0-9a-f]{64}")) {
            throw new Malformed("what should be 64 hexadecimal digits is not");
        }
        if (type.isEmpty() || type.equals(KeyValue.STRING) || !Dump.isWhole(dump)) {
            throw new Malformed("the DUMP of a key is not whole");
        }
        return new KeyValue(type, expires, HexFormat.of().parseHex(content), dump);
    }

    private void add(String namespace, byte[] id, KeyValue value) throws IOException {
        byte[] rest = new KeyName(namespace, id).rest();
        KeyName again = KeyName.of(rest);
        if (!again.namespace().equals(namespace) || !Arrays.equals(again.id(), id)) {
            throw new Malformed("the key " + name(rest) + " does not belong into this file");
        }
        receiver.take(rest, value);
        boolean shown = value.isString() && value.value().length <= RecordVisitor.MAX_LENGTH;
        spill.add(KeyName.sortable(rest), value.packed(keep && shown));
        meter.passed(rest.length + (long) value.value().length);
    }

    /** Reads an expiry. Redis accepts every positive number of 64 bits. */
    private static long number(byte[] spelled) throws Malformed {
        try {
            long number = Long.parseLong(new String(spelled, StandardCharsets.ISO_8859_1));
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // It has a fraction, is too large, or is no number; the message is the same.
        }
        throw new Malformed("an expiry is not a number of milliseconds from 0 to " + Long.MAX_VALUE);
    }

    private static BackupException damaged(String why, Throwable cause) {
        return new BackupException(
                Kind.CORRUPT, "The archive's keys cannot be decoded: " + why, "Use another archive", cause);
    }

    @Override
    public void close() throws IOException {
        spill.close();
    }
}
