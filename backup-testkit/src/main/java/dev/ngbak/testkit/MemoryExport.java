package dev.ngbak.testkit;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
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
        return digest(Progress.NONE).counts();
    }

    @Override
    public ChangeMarker marker() {
        return new ChangeMarker(Long.toString(storage.writes(role)));
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        NavigableMap<String, NavigableMap<String, String>> scope = storage.scope(role);
        MemoryTally tally = new MemoryTally(role, progress);
        for (Map.Entry<String, NavigableMap<String, String>> collection : scope.entrySet()) {
            sink.put(
                    collection.getKey(),
                    ".records",
                    out -> write(collection.getKey(), collection.getValue(), out, tally));
        }
        tally.tell();
        check();
        return tally.summary();
    }

    private void write(String collection, Map<String, String> records, OutputStream out, MemoryTally tally)
            throws IOException {
        tally.collection(collection);
        DataOutputStream data = new DataOutputStream(out);
        for (Map.Entry<String, String> record : records.entrySet()) {
            check();
            write(data, record.getKey());
            write(data, record.getValue());
            tally.add(collection, record.getKey(), record.getValue());
        }
        data.flush();
    }

    private static void write(DataOutputStream data, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeInt(bytes.length);
        data.write(bytes);
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return export((name, suffix, contents) -> contents.writeTo(OutputStream.nullOutputStream()), progress);
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        for (var collection : storage.scope(role).entrySet()) {
            visit(role, collection.getKey(), collection.getValue(), visitor);
        }
        check();
        return true;
    }

    /** Shows records as their role has them: key and value are the id and the property of a node, and so on. */
    static void visit(Role role, String collection, Map<String, String> records, RecordVisitor visitor)
            throws IOException {
        visitor.collection(collection, Map.of());
        long number = (long) collection.hashCode() << Integer.SIZE;
        for (var record : records.entrySet()) {
            String value = record.getValue();
            switch (role) {
                case GRAPH -> visitor.node(number++, record.getKey(), List.of(collection), Map.of("value", value));
                case VECTOR -> visitor.point(null, Map.of("id", record.getKey(), "value", value), List.of());
                case KV ->
                    visitor.entry(
                            collection, record.getKey(), value.getBytes(StandardCharsets.UTF_8), RecordVisitor.NEVER);
            }
        }
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
