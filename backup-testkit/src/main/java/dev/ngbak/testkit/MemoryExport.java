package dev.ngbak.testkit;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CancellationException;

final class MemoryExport implements ExportSession {

    static final String FORM = "memory";

    private final MemoryStorage storage;
    private final Role role;
    private volatile boolean aborted;
    private boolean closed;

    MemoryExport(MemoryStorage storage, Role role) {
        this.storage = storage;
        this.role = role;
        storage.opened(1);
    }

    static StoreInfo info(Role role) {
        return new StoreInfo("Memory", "1", FORM, Map.of("role", role.id()), -1);
    }

    @Override
    public StoreInfo info() {
        return info(role);
    }

    @Override
    public StoreCounts counts() throws IOException {
        RecordDigester records = RecordDigester.counting();
        read(records, Progress.NONE);
        return records.counts();
    }

    @Override
    public ChangeMarker marker() {
        return new ChangeMarker(Long.toString(storage.writes(role)));
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        MemoryRecords walk =
                new MemoryRecords(role, records, ProgressMeter.ofRecords(progress, "records", this::check));
        for (var collection : storage.scope(role).entrySet()) {
            sink.put(
                    collection.getKey(),
                    ".records",
                    out -> write(collection.getKey(), collection.getValue(), out, walk));
        }
        walk.end();
    }

    private void write(String collection, Map<String, String> records, OutputStream out, MemoryRecords walk)
            throws IOException {
        walk.begin(collection);
        DataOutputStream data = new DataOutputStream(out);
        for (Map.Entry<String, String> record : records.entrySet()) {
            check();
            write(data, record.getKey());
            write(data, record.getValue());
            walk.add(collection, record.getKey(), record.getValue());
        }
        data.flush();
    }

    private static void write(DataOutputStream data, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeInt(bytes.length);
        data.write(bytes);
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        export((name, suffix, contents) -> contents.writeTo(OutputStream.nullOutputStream()), records, progress);
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
