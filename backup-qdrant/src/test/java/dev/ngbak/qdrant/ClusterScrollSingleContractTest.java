package dev.ngbak.qdrant;

import org.junit.jupiter.api.Tag;

/** The contract in the mode {@code scroll}, without replicas. */
@Tag("full")
class ClusterScrollSingleContractTest extends ClusterContract {

    @Override
    String mode() {
        return "scroll";
    }

    @Override
    String parameters() {
        return SINGLE;
    }
}
