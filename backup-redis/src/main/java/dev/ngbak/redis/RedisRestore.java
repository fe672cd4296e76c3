package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Replaces the keys in scope with those of an archive. */
final class RedisRestore implements RestoreSession {

    private final RedisConnection connection;
    private final RestorePreflight preflight;
    private DecodedKeys archived;

    /** @param connection is closed with this session */
    RedisRestore(RedisConnection connection) {
        this.connection = connection;
        this.preflight = new RestorePreflight(connection);
    }

    @Override
    public StoreInfo info() {
        return connection.server().storeInfo(connection.settings(), new ArchivedTypes());
    }

    @Override
    public List<BackupException> problems(StoreInfo archivedStore, long bytes) throws IOException {
        return problems(archivedStore, -1, bytes);
    }

    @Override
    public List<BackupException> problems(StoreInfo archivedStore, long records, long bytes) throws IOException {
        return preflight.problems(archivedStore, records, bytes);
    }

    @Override
    public List<String> warnings(StoreInfo archivedStore, long records, long bytes) throws IOException {
        return preflight.warnings(archivedStore, records, bytes);
    }

    @Override
    public void restore(EntrySource source, RecordHandler handler, Progress progress) throws IOException {
        Preflight.requireNone(problems(source.archived(), 0));
        discardArchived();
        EvictionWatch evictions = new EvictionWatch(connection);
        try {
            replace(source, handler, meter(progress), evictions);
        } catch (BackupException e) {
            BackupException explained = evictions.explain(e);
            connection.close();
            throw explained;
        } catch (IOException | RuntimeException e) {
            // Replies to the commands that were already sent must not be mistaken for replies to later ones.
            connection.close();
            throw e;
        }
    }

    private void replace(EntrySource source, RecordHandler handler, ProgressMeter meter, EvictionWatch evictions)
            throws IOException {
        DumpCompatibility compatibility = new DumpCompatibility(connection);
        KeyWriter writer = new KeyWriter(connection, compatibility.isConverted(source.archived()));
        writer.removeAll();
        archived = DecodedKeys.of(handler, connection.settings().tempFiles());
        archived.read(source, writer::write, meter);
        RedisRecords records = new RedisRecords(handler);
        archived.forEach((suffix, value) -> {
            records.add(suffix, value);
            writer.setExpiry(suffix, value);
        });
        writer.finish();
        requireAll(writer.remaining(), evictions);
        connection.requireSameMaster();
        evictions.warning().ifPresent(handler::warn);
        if (!writer.converted().isEmpty()) {
            handler.warn(compatibility.conversion(source.archived(), writer.converted(), true));
        }
        if (writer.expiredFields() > 0) {
            handler.warn(writer.expiredFields()
                    + " fields of hashes in the archive expired before this restore, and were not written.");
        }
        if (writer.expired() > 0) {
            handler.warn(writer.expired() + " keys of the archive expired before this restore, and were not written.");
        }
    }

    /** Throws if keys are missing. A server that needs memory may evict keys that were just written. */
    private void requireAll(long written, EvictionWatch evictions) throws IOException {
        long found = 0;
        try (KeyTable table = new KeyScanner(connection).keysInScope()) {
            KeyTable.Walk walk = table.walk();
            while (walk.next()) {
                found++;
            }
        }
        if (found >= written) {
            return;
        }
        // Some of the keys may have expired in the meantime.
        LongAdder expected = new LongAdder();
        long now = connection.serverTime();
        archived.forEach((suffix, value) -> expected.add(value.isExpiredAt(now) ? 0 : 1));
        if (found < expected.sum()) {
            throw evictions.keysMissing(found, expected.sum());
        }
    }

    @Override
    public boolean readBack(RecordHandler handler, Progress progress) throws IOException {
        if (archived == null) {
            throw new IllegalStateException("nothing was restored in this session");
        }
        boolean hasExpiry = new ReadBack(connection, archived, handler, meter(progress)).read();
        if (hasExpiry && !connection.reportsExpiryTime()) {
            handler.omitDigest();
        }
        return true;
    }

    @Override
    public void clear() throws IOException {
        new KeyWriter(connection, false).removeAll();
    }

    private ProgressMeter meter(Progress progress) {
        return ProgressMeter.ofRecords(progress, RedisExport.UNIT, connection::check);
    }

    @Override
    public void abort() {
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
        try {
            discardArchived();
        } catch (IOException e) {
            // The file has no name, so it disappears with the process.
        }
    }

    private void discardArchived() throws IOException {
        if (archived != null) {
            archived.close();
            archived = null;
        }
    }
}
