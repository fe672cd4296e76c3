package dev.ngbak.testkit;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;

/** The plugins of {@link MemoryStorage}: a pair for each role, because a ServiceLoader passes no parameters. */
public final class MemoryPlugins {

    private MemoryPlugins() {}

    private static class Exporter implements StorageExporter {

        private final Role role;

        Exporter(Role role) {
            this.role = role;
        }

        @Override
        public Role role() {
            return role;
        }

        @Override
        public String backend() {
            return MemoryStorage.BACKEND;
        }

        @Override
        public ExportSession open(Settings settings) {
            return new MemoryExport(MemoryStorage.of(settings), role);
        }
    }

    private static class Restorer implements StorageRestorer {

        private final Role role;

        Restorer(Role role) {
            this.role = role;
        }

        @Override
        public Role role() {
            return role;
        }

        @Override
        public String backend() {
            return MemoryStorage.BACKEND;
        }

        @Override
        public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
                throws IOException {
            MemoryRestore.read(role, source, records, ProgressMeter.ofRecords(progress, "records", () -> {}));
        }

        @Override
        public String target(Settings settings) {
            return "the " + role.id() + " of " + MemoryStorage.of(settings);
        }

        @Override
        public RestoreSession open(Settings settings) {
            return new MemoryRestore(MemoryStorage.of(settings), role);
        }
    }

    public static final class GraphExporter extends Exporter {
        public GraphExporter() {
            super(Role.GRAPH);
        }
    }

    public static final class VectorExporter extends Exporter {
        public VectorExporter() {
            super(Role.VECTOR);
        }
    }

    public static final class KvExporter extends Exporter {
        public KvExporter() {
            super(Role.KV);
        }
    }

    public static final class GraphRestorer extends Restorer {
        public GraphRestorer() {
            super(Role.GRAPH);
        }
    }

    public static final class VectorRestorer extends Restorer {
        public VectorRestorer() {
            super(Role.VECTOR);
        }
    }

    public static final class KvRestorer extends Restorer {
        public KvRestorer() {
            super(Role.KV);
        }
    }
}
