package dev.ngbak.check;

import dev.ngbak.engine.SystemRecords;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.Optional;

/** A pass over all records of one store. */
record RecordScan(SystemRecords records, Role role) {

    /** Reports that a store does not show its records. */
    static final class HiddenRecordsException extends IOException {
        private static final long serialVersionUID = 1;

        HiddenRecordsException(String reason) {
            super(reason);
        }
    }

    /** @throws HiddenRecordsException if the visitor did not see all records */
    void visit(RecordVisitor visitor) throws IOException {
        Optional<String> obstacle = records.visit(role, visitor);
        if (obstacle.isPresent()) {
            throw new HiddenRecordsException(obstacle.get());
        }
    }
}
