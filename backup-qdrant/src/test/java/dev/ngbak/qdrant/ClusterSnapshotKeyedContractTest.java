package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code snapshot}, with custom sharding. */
@Tag("full")
class ClusterSnapshotKeyedContractTest extends ClusterContract {

    @Override
    String mode() {
        return "snapshot";
    }

    @Override
    String parameters() {
        return KEYED;
    }
}
