package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code snapshot}, without replicas. */
@Tag("full")
class ClusterSnapshotSingleContractTest extends ClusterContract {

    @Override
    String mode() {
        return "snapshot";
    }

    @Override
    String parameters() {
        return SINGLE;
    }
}
