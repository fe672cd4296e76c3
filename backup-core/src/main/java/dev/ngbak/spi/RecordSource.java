package dev.ngbak.spi;

import java.io.IOException;

/** Shows all records of one store, as often as it is asked to and each time the same. */
@FunctionalInterface
public interface RecordSource {

    /** @throws IOException any exception of the visitor, unchanged */
    void visit(RecordVisitor visitor) throws IOException;

    /** Returns the approximate number of records, or 0 if it is unknown. */
    default long expected() {
        return 0;
    }
}
