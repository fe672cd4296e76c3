package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.List;

/** Forwards every call to another session. A test overrides the method in which it wants something else. */
public class ForwardingRestoreSession implements RestoreSession {

    private final RestoreSession real;

    public ForwardingRestoreSession(RestoreSession real) {
        this.real = real;
    }

    @Override
    public StoreInfo info() {
        return real.info();
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        return real.problems(archived, bytes);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        return real.problems(archived, records, bytes);
    }

    @Override
    public List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        return real.warnings(archived, records, bytes);
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        real.restore(source, records, progress);
    }

    @Override
    public boolean readBack(RecordHandler records, Progress progress) throws IOException {
        return real.readBack(records, progress);
    }

    @Override
    public void clear() throws IOException {
        real.clear();
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
