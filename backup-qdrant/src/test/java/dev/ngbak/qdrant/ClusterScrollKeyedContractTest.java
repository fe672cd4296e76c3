package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code scroll}, with custom sharding. */
@Tag("full")
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
