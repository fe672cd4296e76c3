package dev.ngbak.qdrant;

/** The contract in the mode {@code scroll}, with custom sharding. */
class ClusterScrollKeyedContractTest extends ClusterContract {

    @Override
    String mode() {
        return "scroll";
    }

    @Override
    String parameters() {
        return KEYED;
    }
}
