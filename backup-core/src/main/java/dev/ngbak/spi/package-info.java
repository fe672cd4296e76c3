/**
 * What a storage plugin sees, and all that it sees: JDK types and the few below.
 *
 * <p>A plugin is a pair, a {@link dev.ngbak.spi.StorageExporter} and a {@link dev.ngbak.spi.StorageRestorer} of the same
 * role and backend name, each found by {@link java.util.ServiceLoader}. The found objects are stateless. Opening one
 * gives a live session, which belongs to whoever opened it: one thread, one use, closed by the opener.
 */
package dev.ngbak.spi;
