package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code snapshot}, with two replicas of each shard. */
@Tag("full")
class ClusterSnapshotContractTest extends ClusterContract {

    @Override
    String mode() {
        return "snapshot";
    }

    @Override
    String parameters() {
        return REPLICATED;
    }
}
