package dev.ngbak.redis;

import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads what a restore wrote. What has expired since the backup counts as if it were still there: keys, and fields of hashes.
 */
final class ReadBack {

    private final RedisConnection connection;
    private final DecodedKeys archived;
    private final RecordHandler handler;
    private final ProgressMeter meter;
    private final RedisRecords records;
    private boolean isIncomplete;

    ReadBack(RedisConnection connection, DecodedKeys archived, RecordHandler handler, ProgressMeter meter) {
        this.connection = connection;
        this.archived = archived;
        this.handler = handler;
        this.meter = meter;
        this.records = new RedisRecords(handler);
    }

    /** Hands over all records. Returns whether a key expires. */
    boolean read() throws IOException {
        try (KeyTable live = new KeyScanner(connection).keysInScope();
                KeyTable expiring = new KeyTable(connection.settings().tempFiles());
                KeyTable withFields = new KeyTable(connection.settings().tempFiles());
                KeyTable others = new KeyTable(connection.settings().tempFiles())) {
            archived.forEach((suffix, value) -> {
                if (value.fields() != null) {
                    withFields.add(suffix, value, false);
                }
            });
            separate(live.walk(), withFields.walk(), others);
            readOthers(others, expiring);
            readHashes(withFields);
        }
        if (isIncomplete) {
            handler.omitDigest();
            handler.warn(
                    "The server is newer than this version of ngbak and writes hashes or streams in a way that ngbak does not"
                            + " know. The restored keys were counted, but their contents could not be compared.");
        }
        return records.hasExpiry();
    }

    /** Adds the live keys to a table that are not in another one. */
    private static void separate(KeyTable.Walk live, KeyTable.Walk excluded, KeyTable rest) throws IOException {
        boolean more = excluded.next();
        while (live.next()) {
            while (more && KeyTable.compare(excluded.suffix(), live.suffix()) < 0) {
                more = excluded.next();
            }
            if (!more || !Arrays.equals(excluded.suffix(), live.suffix())) {
                rest.add(live.suffix());
            }
        }
    }

    private KeyReader reader(KeyTable keys) throws IOException {
        return new KeyReader(connection, keys.walk(), KeyReader.Depth.of(handler.detail()), archived.isFull(), meter);
    }

    /** Reads keys in which nothing but the whole key can expire. */
    private void readOthers(KeyTable others, KeyTable expiring) throws IOException {
        KeyReader keys = reader(others);
        while (keys.next()) {
            isIncomplete |= archived.isFull()
                    && keys.isIncomplete()
                    && keys.value().type().equals("stream");
            if (keys.value().hasExpiry()) {
                expiring.add(keys.suffix(), keys.value(), handler.detail().hasContent());
            } else {
                records.add(keys.suffix(), keys.value());
            }
        }
        // The same moment decides for all keys whether they have expired. A key therefore counts once: as live or
        // as archived.
        long now = connection.serverTime();
        KeyTable.Walk live = expiring.walk();
        while (live.next()) {
            if (!live.value().isExpiredAt(now)) {
                records.add(live.suffix(), live.value());
            }
        }
        archived.forEach((suffix, value) -> {
            if (value.fields() == null && value.isExpiredAt(now)) {
                records.add(suffix, value);
            }
        });
    }

    /** Reads hashes one by one, because the moment at which each was read decides which of its fields have expired. */
    private void readHashes(KeyTable hashes) throws IOException {
        KeyReader keys = reader(hashes);
        KeyTable.Walk expected = hashes.walk();
        boolean more = keys.next();
        while (expected.next()) {
            boolean isLive = more && Arrays.equals(keys.suffix(), expected.suffix());
            KeyValue value = expected.value();
            isIncomplete |= archived.isFull() && isLive && keys.isIncomplete();
            long now = isLive && keys.readAt() > 0 ? keys.readAt() : connection.serverTime();
            if (value.isExpiredAt(now)) {
                records.add(expected.suffix(), value);
            } else if (isLive) {
                records.add(expected.suffix(), keys.value().withContent(content(keys.value(), value, now)));
            }
            more = isLive ? keys.next() : more;
        }
    }

    private byte[] content(KeyValue live, KeyValue expected, long now) {
        return handler.detail().hasDigests() ? expected.fields().withExpired(live.contentDigest(), now) : null;
    }
}
