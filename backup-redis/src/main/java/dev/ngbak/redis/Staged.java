package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * What the decoded files of an archive amount to, in a side table, where what the two files of a namespace say of a key
 * comes together.
 */
final class Staged implements Closeable {

    static final String FORM = "redis";

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

    /** @param keep whether the side table has the values too */
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
        } catch (Malformed e) {
            throw damaged(RedisFailures.shown(entry.path()) + ": " + e.getMessage(), e);
        }
    }

    private void object(String namespace, JsonCursor json) throws IOException {
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            byte[] id = json.name();
            byte[] value = json.value();
            add(namespace, id, KeyValue.string(value, KeyValue.NEVER));
        }
        json.end();
    }

    private void line(String namespace, JsonCursor json) throws IOException {
        Map<String, byte[]> members = new HashMap<>();
        json.enter();
        for (boolean first = true; json.next(first); first = false) {
            String member = new String(json.name(), StandardCharsets.UTF_8);
            if (members.put(member, json.value()) != null) {
                throw json.bad("a member is there twice");
            }
        }
        byte[] id = members.containsKey("id64") ? base64(members.remove("id64")) : text(members.remove("id"));
        long expires = number(members.remove("expires"));
        KeyValue value;
        if (members.isEmpty()) {
            value = KeyValue.expiry(expires);
            if (expires == KeyValue.NEVER) {
                throw json.bad("a line has neither a value nor an expiry");
            }
        } else if (members.containsKey("type")) {
            value = other(members, expires);
        } else {
            byte[] bytes =
                    members.containsKey("text") ? text(members.remove("text")) : base64(members.remove("base64"));
            value = KeyValue.string(bytes, expires);
        }
        if (!members.isEmpty()) {
            throw json.bad("a line has a member that does not belong there");
        }
        add(namespace, id, value);
    }

    private KeyValue other(Map<String, byte[]> members, long expires) throws Malformed {
        String type = new String(text(members.remove("type")), StandardCharsets.UTF_8);
        String content = new String(text(members.remove("content")), StandardCharsets.UTF_8);
        byte[] dump = base64(members.remove("dump"));
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
        spill.add(KeyName.sortable(rest), value.packed(keep));
        meter.passed(rest.length + (long) value.value().length);
    }

    private static byte[] text(byte[] spelled) throws Malformed {
        if (spelled == null) {
            throw new Malformed("a member is missing in a line");
        }
        return JsonCursor.text(spelled);
    }

    private static byte[] base64(byte[] spelled) throws Malformed {
        try {
            return Base64.getDecoder().decode(text(spelled));
        } catch (IllegalArgumentException e) {
            throw new Malformed("what should be Base64 is not");
        }
    }

    /** Reads an expiry. Redis accepts every positive number of 64 bits. */
    private static long number(byte[] spelled) throws Malformed {
        if (spelled == null) {
            return KeyValue.NEVER;
        }
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
                Kind.DAMAGED, "The archive's keys cannot be decoded: " + why, "Use another archive", cause);
    }

    @Override
    public void close() throws IOException {
        spill.close();
    }
}
