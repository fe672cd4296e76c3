package dev.ngbak.engine;

import static org.mockito.Mockito.spy;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A store of text lines in memory, whose sessions are Mockito spies: they do the real thing unless a test says else. It may
 * be broken: then it can only be saved raw.
 */
final class FakeStore {

    final Role role;
    final String backend;
    final List<String> lines = new ArrayList<>();
    int written;
    String broken;
    long bytes = 1000;
    String target;
    boolean restorerIsMissing;
    final ExportSession export = spy(new Export());
    final RestoreSession restore = spy(new Restore());
    final StorageExporter exporter = spy(new Exporter());
    final StorageRestorer restorer = spy(new Restorer());

    FakeStore(Role role, String backend, String... lines) {
        this.role = role;
        this.backend = backend;
        this.target = "the " + backend + " in this test";
        this.lines.addAll(List.of(lines));
    }

    void write(String line) {
        lines.add(line);
        written++;
    }

    private StoreInfo info() {
        return new StoreInfo("Fake", "1", "lines", Map.of("name", backend), bytes);
    }

    private StoreSummary summary(List<String> records) {
        ContentDigest digest = new ContentDigest();
        for (String record : records) {
            digest.add(ContentDigest.sha256().digest(record.getBytes(StandardCharsets.UTF_8)));
        }
        return new StoreSummary(records.size(), counts(records.size()), digest.text(), List.of());
    }

    private void check() {
        if (broken != null) {
            throw new BackupException(BackupException.Kind.INCOMPATIBLE, "The " + role.id() + " is cut off", "");
        }
    }

    private StoreCounts counts(long n) {
        return new StoreCounts(
                switch (role) {
                    case GRAPH -> Map.of("entities", n);
                    case VECTOR -> Map.of("entities", n);
                    case KV -> Map.of("full_docs", n);
                });
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
            return FakeStore.this.counts(lines.size());
        }

        @Override
        public ChangeMarker marker() throws IOException {
            return new ChangeMarker("written " + written);
        }

        @Override
        public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
            check();
            progress.expect(lines.size(), "lines");
            sink.put("lines", ".txt", out -> {
                for (String line : lines) {
                    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                    progress.advance(1);
                }
            });
            return summary(lines);
        }

        @Override
        public StoreSummary digest(Progress progress) throws IOException {
            check();
            return summary(lines);
        }

        @Override
        public StoreSummary exportRaw(EntrySink sink, Progress progress) throws IOException {
            sink.put("lines", ".txt", out -> out.write(broken.getBytes(StandardCharsets.UTF_8)));
            return StoreSummary.opaque();
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
        public StoreSummary read(EntrySource source, Progress progress) throws IOException {
            List<String> records = decode(source);
            return source.archived().form().equals(ExportSession.RAW) ? StoreSummary.opaque() : summary(records);
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
        public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
            List<String> records = decode(source);
            boolean raw = source.archived().form().equals(ExportSession.RAW);
            lines.clear();
            broken = raw ? String.join("\n", records) : null;
            lines.addAll(raw ? List.of() : records);
            written++;
            return raw ? StoreSummary.opaque() : summary(records);
        }

        @Override
        public void abort() {}

        @Override
        public void close() {}
    }
}
