/**
 * The interface between the engine and storage plugins. Plugins see only JDK types and the types of this package.
 *
 * <p>A plugin is a pair, a {@link dev.ngbak.spi.StorageExporter} and a {@link dev.ngbak.spi.StorageRestorer} of the
 * same role and backend name, each found by {@link java.util.ServiceLoader}. These objects are stateless. Each call of
 * {@code open} returns a session that belongs to the caller: one thread uses it, once, and the caller closes it.
 */
package dev.ngbak.spi;
