package dev.ngbak.testkit;

import dev.ngbak.spi.Role;

final class MemoryVectorContractTest extends MemoryContract {

    MemoryVectorContractTest() {
        super(Role.VECTOR);
    }
}
