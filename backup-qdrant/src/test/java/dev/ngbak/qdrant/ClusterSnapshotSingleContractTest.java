package dev.ngbak.qdrant;

/** The contract in the mode {@code snapshot}, without replicas. */
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
