package dev.ngbak.qdrant;

/** The contract in the mode {@code scroll}, with two replicas of each shard. */
class ClusterScrollContractTest extends ClusterContract {

    @Override
    String mode() {
        return "scroll";
    }

    @Override
    String parameters() {
        return REPLICATED;
    }
}
