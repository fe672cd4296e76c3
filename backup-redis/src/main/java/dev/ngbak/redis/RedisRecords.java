package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;

/**
 * Hands keys to a {@link RecordHandler}, live or archived. A key is one record, and its expiry is another, which is only
 * digested.
 */
final class RedisRecords {

    private final RecordHandler handler;
    private final MessageDigest sha256 = ContentDigest.sha256();
    private final Set<String> namespaces = new HashSet<>();
    private boolean hasExpiry;

    RedisRecords(RecordHandler handler) {
        this.handler = handler;
    }

    /** Adds a key whose value is unknown, for a handler that only counts. */
    void count(byte[] suffix) throws IOException {
        handler.add(record(suffix, null));
    }

    void add(byte[] suffix, KeyValue value) throws IOException {
        handler.add(record(suffix, value));
        if (value.hasExpiry()) {
            hasExpiry = true;
            if (handler.detail().hasDigests()) {
                handler.add(new ExpiryRecord(suffix, value.expires()));
            }
        }
    }

    private KeyRecord record(byte[] suffix, KeyValue value) {
        KeyName name = KeyName.of(suffix);
        if (namespaces.add(name.namespace()) && namespaces.size() > RecordDigester.MAX_COUNTS) {
            throw RedisErrors.tooManyNamespaces(RecordDigester.MAX_COUNTS);
        }
        return new KeyRecord(name, suffix, value);
    }

    /** Returns whether any key so far has an expiry. */
    boolean hasExpiry() {
        return hasExpiry;
    }

    private final class KeyRecord implements StoredRecord {
        private final KeyName name;
        private final byte[] suffix;
        private final KeyValue value;

        /** @param value {@code null} if the handler only counts */
        KeyRecord(KeyName name, byte[] suffix, KeyValue value) {
            this.name = name;
            this.suffix = suffix;
            this.value = value;
        }

        @Override
        public String countedAs() {
            return name.namespace();
        }

        @Override
        public byte[] digest() {
            sha256.update((byte) (value.isString() ? 's' : 'o'));
            ContentDigest.field(sha256, suffix);
            if (!value.isString()) {
                ContentDigest.field(sha256, value.type());
            }
            return sha256.digest(value.contentDigest());
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            String id = RedisConnection.text(name.id());
            long expires = value.hasExpiry() ? value.expires() : RecordVisitor.NEVER;
            if (!KeyName.isUtf8(name.id())) {
                visitor.composite(name.namespace(), id, value.type() + " with a key that is not UTF-8", expires);
            } else if (value.isString()) {
                visitor.entry(name.namespace(), id, value.isShowable() ? value.bytes() : null, expires);
            } else {
                visitor.composite(name.namespace(), id, value.type(), expires);
            }
        }
    }

    private final class ExpiryRecord implements StoredRecord {
        private final byte[] suffix;
        private final long expires;

        ExpiryRecord(byte[] suffix, long expires) {
            this.suffix = suffix;
            this.expires = expires;
        }

        @Override
        public String countedAs() {
            return null;
        }

        @Override
        public byte[] digest() {
            sha256.update((byte) 't');
            ContentDigest.field(sha256, suffix);
            ContentDigest.number(sha256, expires);
            return sha256.digest();
        }
    }
}
