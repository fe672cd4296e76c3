package dev.ngbak.repository;

import java.io.Closeable;
import java.io.IOException;

/** The right to write to a repository. One job at a time has it, across threads and processes. */
public interface RepositoryLock extends Closeable {

    /** Releases the lock. */
    @Override
    void close() throws IOException;
}
