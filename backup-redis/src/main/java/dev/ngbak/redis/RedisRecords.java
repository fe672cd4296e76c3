package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;

/**
 * Hands keys to a {@link RecordHandler}, live or archived. A key is one record, and its expiry is another, which is only
 * digested.
 */
final class RedisRecords {

    private final RecordHandler handler;
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
            if (handler.detail() == Detail.DIGESTS) {
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

    /** Returns whether any key so far expires. */
    boolean hasExpiry() {
        return hasExpiry;
    }

    private record KeyRecord(KeyName name, byte[] suffix, KeyValue value) implements StoredRecord {

        @Override
        public String countedAs() {
            return name.namespace();
        }

        @Override
        public byte[] digest() {
            MessageDigest digest = ContentDigest.sha256();
            digest.update((byte) (value.isString() ? 's' : 'o'));
            ContentDigest.field(digest, suffix);
            if (!value.isString()) {
                ContentDigest.field(digest, value.type());
            }
            return digest.digest(value.contentDigest());
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            String id = new String(name.id(), StandardCharsets.UTF_8);
            long expires = value.hasExpiry() ? value.expires() : RecordVisitor.NEVER;
            if (!value.isString()) {
                visitor.composite(name.namespace(), id, value.type(), expires);
                return;
            }
            visitor.entry(name.namespace(), id, value.isShowable() ? value.bytes() : null, expires);
        }
    }

    private record ExpiryRecord(byte[] suffix, long expires) implements StoredRecord {

        @Override
        public String countedAs() {
            return null;
        }

        @Override
        public byte[] digest() {
            MessageDigest digest = ContentDigest.sha256();
            digest.update((byte) 't');
            ContentDigest.field(digest, suffix);
            ContentDigest.number(digest, expires);
            return digest.digest();
        }
    }
}
