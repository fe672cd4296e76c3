package dev.ngbak.testkit;

import dev.ngbak.spi.Role;

final class MemoryGraphContractTest extends MemoryContract {

    MemoryGraphContractTest() {
        super(Role.GRAPH);
    }
}
