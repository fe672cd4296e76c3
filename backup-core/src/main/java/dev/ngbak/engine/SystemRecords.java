package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** The records of one GraphRAG system, in its live stores or in an archive. Used by one thread at a time. */
public interface SystemRecords {

    /** Reads records and returns a result. The records must not be used after it returns. */
    @FunctionalInterface
    interface Reader<T> {
        T read(SystemRecords records) throws IOException;
    }

    /** Returns the settings, which select the layout and the place of temporary files. */
    Settings settings();

    /**
     * Shows every record of a store to the visitor.
     *
     * @return the reason, as a clause, why the records cannot be shown; empty if the visitor saw all of them
     * @throws IOException an exception of the visitor
     * @throws BackupException if the store or the archive cannot be read; it may have an exception of the visitor as
     *     its cause
     */
    Optional<String> visit(Role role, RecordVisitor visitor) throws IOException;

    /** Returns the store's own way to find single records; empty if {@link #visit} is as fast. */
    Optional<Lookup> lookup(Role role);

    /** Returns the stores that were written to since the records were opened, as far as the stores can tell. */
    Set<Role> changed() throws IOException;
}
