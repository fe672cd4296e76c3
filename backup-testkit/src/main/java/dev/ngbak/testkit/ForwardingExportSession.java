package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Forwards every call to another session. A test overrides the method in which it wants something else. */
public class ForwardingExportSession implements ExportSession {

    private final ExportSession real;

    public ForwardingExportSession(ExportSession real) {
        this.real = real;
    }

    @Override
    public StoreInfo info() {
        return real.info();
    }

    @Override
    public StoreCounts counts() throws IOException {
        return real.counts();
    }

    @Override
    public Optional<BackupException> scopeProblem() throws IOException {
        return real.scopeProblem();
    }

    @Override
    public List<String> outsideScope() throws IOException {
        return real.outsideScope();
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return real.marker();
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        real.export(sink, records, progress);
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        real.read(records, progress);
    }

    @Override
    public Optional<Lookup> lookup() {
        return real.lookup();
    }

    @Override
    public void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        real.exportRaw(sink, records, progress);
    }

    @Override
    public void abort() {
        real.abort();
    }

    @Override
    public void close() {
        real.close();
    }
}
