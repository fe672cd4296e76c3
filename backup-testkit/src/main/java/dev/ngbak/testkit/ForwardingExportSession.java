package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;

/** Does what the session behind it does. A test overrides the one method in which it wants something else. */
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
    public BackupException scopeProblem() throws IOException {
        return real.scopeProblem();
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return real.marker();
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        return real.export(sink, progress);
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return real.digest(progress);
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        return real.visit(visitor, progress);
    }

    @Override
    public Lookup lookup() {
        return real.lookup();
    }

    @Override
    public StoreSummary exportRaw(EntrySink sink, Progress progress) throws IOException {
        return real.exportRaw(sink, progress);
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
