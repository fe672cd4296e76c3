/**
 * What shows that a storage plugin does what the SPI asks of it: the {@link dev.ngbak.testkit.StorageContract} that its
 * test class implements, awkward data, faults to put between it and the engine, and a plugin in memory for the tests of
 * whoever uses plugins.
 */
package dev.ngbak.testkit;
