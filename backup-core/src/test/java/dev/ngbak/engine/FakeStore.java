package dev.ngbak.engine;

import static org.mockito.Mockito.spy;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoredRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A store of text lines in memory. Its sessions are Mockito spies. If it is broken, it can only be exported raw. */
final class FakeStore {

    final Role role;
    final String backend;
    private final String countedAs;
    final List<String> lines = new ArrayList<>();
    int written;
    String broken;
    long bytes = 1000;
    String target;
    boolean restorerIsMissing;
    boolean twoFiles;
    final ExportSession export = spy(new Export());
    final RestoreSession restore = spy(new Restore());
    final StorageExporter exporter = spy(new Exporter());
    final StorageRestorer restorer = spy(new Restorer());

    FakeStore(Role role, String backend, String... lines) {
        this.role = role;
        this.backend = backend;
        this.countedAs = role == Role.KV ? "full_docs" : "entities";
        // Restores lock their targets for the whole machine, and several builds may run on it.
        this.target =
                "the " + backend + " of process " + ProcessHandle.current().pid();
        this.lines.addAll(List.of(lines));
    }

    void write(String line) {
        lines.add(line);
        written++;
    }

    private StoreInfo info() {
        return new StoreInfo("Fake", "1.0", "lines", Map.of("name", backend), bytes);
    }

    /** A line of text. */
    private final class Line implements StoredRecord {
        private final String text;

        Line(String text) {
            this.text = text;
        }

        @Override
        public String countedAs() {
            return countedAs;
        }

        @Override
        public byte[] digest() {
            return ContentDigest.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    void add(List<String> lines, RecordHandler records) throws IOException {
        records.count(countedAs, 0);
        for (String line : lines) {
            records.add(new Line(line));
        }
    }

    private void check() {
        if (broken != null) {
            throw new BackupException(BackupException.Kind.INCOMPATIBLE, "The " + role.id() + " is cut off", "");
        }
    }

    class Exporter implements StorageExporter {
        @Override
        public Role role() {
            return role;
        }

        @Override
        public String backend() {
            return backend;
        }

        @Override
        public ExportSession open(Settings settings) {
            return export;
        }
    }

    class Export implements ExportSession {
        @Override
        public StoreInfo info() {
            return FakeStore.this.info();
        }

        @Override
        public StoreCounts counts() throws IOException {
            check();
            return new StoreCounts(Map.of(countedAs, (long) lines.size()));
        }

        @Override
        public ChangeMarker marker() throws IOException {
            return new ChangeMarker("written " + written);
        }

        @Override
        public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
            check();
            progress.expect(lines.size(), "lines");
            int first = twoFiles ? lines.size() / 2 : lines.size();
            put(sink, "lines", lines.subList(0, first), progress);
            if (twoFiles) {
                put(sink, "more", lines.subList(first, lines.size()), progress);
            }
            add(lines, records);
        }

        private void put(EntrySink sink, String name, List<String> part, Progress progress) throws IOException {
            sink.put(name, ".txt", out -> {
                for (String line : part) {
                    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                    progress.advance(1);
                }
            });
        }

        @Override
        public void read(RecordHandler records, Progress progress) throws IOException {
            check();
            add(lines, records);
        }

        @Override
        public void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
            sink.put("lines", ".txt", out -> out.write(broken.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public void abort() {}

        @Override
        public void close() {}
    }

    class Restorer implements StorageRestorer {
        @Override
        public Role role() {
            return role;
        }

        @Override
        public String backend() {
            return backend;
        }

        @Override
        public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
                throws IOException {
            hand(decode(source), source, records);
        }

        @Override
        public String target(Settings settings) {
            return target;
        }

        @Override
        public RestoreSession open(Settings settings) {
            return restore;
        }
    }

    private void hand(List<String> lines, EntrySource source, RecordHandler records) throws IOException {
        if (source.archived().form().equals(ExportSession.RAW)) {
            records.markOpaque(StoreCounts.NONE);
        } else {
            add(lines, records);
        }
    }

    private static List<String> decode(EntrySource source) throws IOException {
        List<String> records = new ArrayList<>();
        source.forEach((entry, content) -> new String(content.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .forEach(records::add));
        return records;
    }

    class Restore implements RestoreSession {
        @Override
        public StoreInfo info() {
            return FakeStore.this.info();
        }

        @Override
        public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
            return List.of();
        }

        @Override
        public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
            List<String> archived = decode(source);
            boolean raw = source.archived().form().equals(ExportSession.RAW);
            lines.clear();
            broken = raw ? String.join("\n", archived) : null;
            lines.addAll(raw ? List.of() : archived);
            written++;
            hand(archived, source, records);
        }

        @Override
        public void abort() {}

        @Override
        public void close() {}
    }
}
