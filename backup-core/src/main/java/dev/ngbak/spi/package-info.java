/**
 * The interfaces of storage plugins. They use only JDK types and the types of this package.
 *
 * <p>A plugin is a pair, a {@link dev.ngbak.spi.StorageExporter} and a {@link dev.ngbak.spi.StorageRestorer} of the same
 * role and backend name, each found by {@link java.util.ServiceLoader}. These objects are stateless. Opening one
 * returns a session, which its opener closes and uses in one thread.
 */
@NullMarked
package dev.ngbak.spi;

import org.jspecify.annotations.NullMarked;
