package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code scroll}, with two replicas of each shard. */
@Tag("full")
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
