package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Reads the keys in scope. */
final class RedisExport implements ExportSession {

    /** The unit of progress. */
    static final String UNIT = "keys";

    /** Counters that change with every write anywhere on the server, and with every eviction. */
    private static final List<String> MARKER_FIELDS = List.of(
            "run_id",
            "rdb_changes_since_last_save",
            "rdb_last_save_time",
            "rdb_saves",
            "total_forks",
            "evicted_keys",
            "loading",
            "async_loading",
            "role",
            "slave_repl_offset");

    private static final List<String> REQUIRED_MARKER_FIELDS = List.of("run_id", "rdb_changes_since_last_save");

    private final RedisConnection connection;
    private ArchivedTypes types = new ArchivedTypes();

    /** @param connection is closed with this session */
    RedisExport(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns the description of the store. After an export, its scope and its form show which types were exported. */
    @Override
    public StoreInfo info() {
        return connection.server().storeInfo(connection.settings(), types);
    }

    @Override
    public StoreCounts counts() throws IOException {
        RecordDigester counter = RecordDigester.counting();
        read(counter, Progress.NONE);
        return counter.counts();
    }

    @Override
    public Optional<BackupException> scopeProblem() throws IOException {
        return new ScopeInspection(connection).problem();
    }

    @Override
    public List<String> outsideScope() throws IOException {
        return new ScopeInspection(connection).warnings();
    }

    @Override
    public ChangeMarker marker() {
        StringBuilder value = new StringBuilder(connection.topology().owners());
        for (ServerInfo now : connection.infos().values()) {
            if (!now.fields().keySet().containsAll(REQUIRED_MARKER_FIELDS)) {
                return ChangeMarker.UNKNOWN;
            }
            MARKER_FIELDS.forEach(field -> value.append(now.text(field, "")).append(' '));
        }
        return new ChangeMarker(value.toString());
    }

    @Override
    public void export(EntrySink sink, RecordHandler handler, Progress progress) throws IOException {
        try (KeyTable table = new KeyScanner(connection).keysInScope()) {
            KeyReader keys = reader(table, KeyReader.Depth.DUMP, progress);
            RedisRecords records = new RedisRecords(handler);
            new NamespaceWriter(keys, records, connection.settings().tempFiles()).writeTo(sink);
            types = keys.types();
            finish(keys, records, handler);
        }
    }

    @Override
    public void read(RecordHandler handler, Progress progress) throws IOException {
        try (KeyTable table = new KeyScanner(connection).keysInScope()) {
            RedisRecords records = new RedisRecords(handler);
            if (handler.detail() == Detail.COUNTS) {
                KeyTable.Walk names = table.walk();
                while (names.next()) {
                    records.count(names.suffix());
                }
                return;
            }
            KeyReader keys = reader(table, KeyReader.Depth.of(handler.detail()), progress);
            while (keys.next()) {
                records.add(keys.suffix(), keys.value());
            }
            finish(keys, records, handler);
        }
    }

    private KeyReader reader(KeyTable table, KeyReader.Depth depth, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofRecords(progress, UNIT, connection::check);
        meter.expect(table.count());
        return new KeyReader(connection, table.walk(), depth, true, meter);
    }

    private void finish(KeyReader keys, RedisRecords records, RecordHandler handler) {
        if (keys.vanished() > 0) {
            handler.warn(keys.vanished()
                    + " keys expired or were deleted while they were being read, and are not in the backup.");
        }
        if (records.hasExpiry() && !connection.reportsExpiryTime()) {
            handler.omitDigest();
            handler.warn(
                    "Redis before 7.0 does not report when a key expires, only how long it has left. The expiry times"
                            + " are exact to a few milliseconds, and there is no content digest.");
        }
    }

    @Override
    public Optional<Lookup> lookup() {
        return Optional.of(new RedisLookup(connection));
    }

    @Override
    public void abort() {
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
    }
}
