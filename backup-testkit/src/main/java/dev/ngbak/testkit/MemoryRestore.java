package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

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

    static StoreSummary read(Role role, EntrySource source, Progress progress) throws IOException {
        return read(source, new MemoryTally(role, progress), new TreeMap<>(), () -> false);
    }

    static boolean visit(Role role, EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        NavigableMap<String, NavigableMap<String, String>> scope = new TreeMap<>();
        read(source, new MemoryTally(role, progress), scope, () -> false);
        for (var collection : scope.entrySet()) {
            MemoryExport.visit(role, collection.getKey(), collection.getValue(), visitor);
        }
        return true;
    }

    private static StoreSummary read(
            EntrySource source,
            MemoryTally tally,
            NavigableMap<String, NavigableMap<String, String>> scope,
            BooleanSupplier aborted)
            throws IOException {
        if (!source.archived().form().equals(MemoryExport.FORM)) {
            throw new BackupException(Kind.INCOMPATIBLE, "Not a form of stores in memory", "");
        }
        source.forEach((entry, content) -> {
            NavigableMap<String, String> records = scope.computeIfAbsent(entry.name(), any -> new TreeMap<>());
            tally.collection(entry.name());
            try {
                for (String key = next(content); key != null; key = next(content)) {
                    String value = next(content);
                    if (aborted.getAsBoolean()) {
                        throw new CancellationException("aborted");
                    }
                    if (value == null) {
                        throw new EOFException();
                    }
                    records.put(key, value);
                    tally.add(entry.name(), key, value);
                }
            } catch (EOFException e) {
                throw new BackupException(
                        Kind.CORRUPT, entry.path() + " in the archive ends in the middle of a record", "", e);
            }
        });
        tally.tell();
        if (aborted.getAsBoolean()) {
            throw new CancellationException("aborted");
        }
        return tally.summary();
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
        return archived.form().equals(MemoryExport.FORM)
                ? List.of()
                : List.of(new BackupException(
                        BackupException.Kind.INCOMPATIBLE,
                        "The form " + archived.form() + " is not one of stores in memory",
                        "Use another backend"));
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        NavigableMap<String, NavigableMap<String, String>> scope = new TreeMap<>();
        StoreSummary summary = read(source, new MemoryTally(role, progress), scope, () -> aborted);
        storage.replace(role, scope);
        return summary;
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
