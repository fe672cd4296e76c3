package dev.ngbak.testkit;

import dev.ngbak.spi.Role;

final class MemoryKvContractTest extends MemoryContract {

    MemoryKvContractTest() {
        super(Role.KV);
    }
}
