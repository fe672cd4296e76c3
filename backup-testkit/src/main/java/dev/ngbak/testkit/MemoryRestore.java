package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

final class MemoryRestore implements RestoreSession {

    private final MemoryStorage storage;
    private final Role role;
    private volatile boolean aborted;
    private boolean closed;

    MemoryRestore(MemoryStorage storage, Role role) {
        this.storage = storage;
        this.role = role;
        storage.opened(1);
    }

    /** Decodes archived files and hands their records to the walk. Returns them by collection and key. */
    static NavigableMap<String, NavigableMap<String, String>> read(
            Role role, EntrySource source, RecordHandler handler, ProgressMeter meter) throws IOException {
        Preflight.requireForm(source.archived(), role, MemoryStorage.BACKEND, MemoryExport.FORM);
        NavigableMap<String, NavigableMap<String, String>> scope = new TreeMap<>();
        MemoryRecords walk = new MemoryRecords(role, handler, meter);
        source.forEach((entry, content) -> {
            NavigableMap<String, String> records = scope.computeIfAbsent(entry.name(), any -> new TreeMap<>());
            walk.begin(entry.name());
            try {
                for (String key = next(content); key != null; key = next(content)) {
                    String value = next(content);
                    meter.check();
                    if (value == null) {
                        throw new EOFException();
                    }
                    records.put(key, value);
                    walk.add(entry.name(), key, value);
                }
            } catch (EOFException e) {
                throw new BackupException(
                        Kind.CORRUPT, entry.path() + " in the archive ends in the middle of a record", "", e);
            }
        });
        walk.end();
        return scope;
    }

    private static String next(InputStream content) throws IOException {
        int first = content.read();
        if (first < 0) {
            return null;
        }
        DataInputStream data = new DataInputStream(content);
        int length = first << 24 | data.readUnsignedByte() << 16 | data.readUnsignedShort();
        byte[] bytes = length < 0 ? new byte[0] : data.readNBytes(length);
        if (bytes.length != length) {
            throw new EOFException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public StoreInfo info() {
        return MemoryExport.info(role);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) {
        return Preflight.unknownForm(archived, role, MemoryStorage.BACKEND, MemoryExport.FORM).stream()
                .toList();
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        storage.replace(role, read(role, source, records, ProgressMeter.ofRecords(progress, "records", this::check)));
    }

    @Override
    public void clear() {
        storage.clear(role);
    }

    private void check() {
        if (aborted) {
            throw new CancellationException("aborted");
        }
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            storage.opened(-1);
        }
    }
}
