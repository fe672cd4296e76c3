/**
 * Tests for storage plugins and repositories: the contracts {@link dev.ngbak.testkit.StorageContract} and {@link
 * dev.ngbak.testkit.RepositoryContract}, awkward data, faults between a plugin and the engine, and plugins in memory.
 */
@NullMarked
package dev.ngbak.testkit;

import org.jspecify.annotations.NullMarked;
