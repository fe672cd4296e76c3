package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.List;

/** Does what the session behind it does. A test overrides the one method in which it wants something else. */
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
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        return real.restore(source, progress);
    }

    @Override
    public StoreSummary readBack(Progress progress) throws IOException {
        return real.readBack(progress);
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
