/**
 * Reads and writes archives. Only this package knows the container. docs/FORMAT.md specifies it, and takes precedence
 * over this code if the two differ.
 */
@NullMarked
package dev.ngbak.archive;

import org.jspecify.annotations.NullMarked;
