/**
 * The archive: the only code that knows the container. docs/FORMAT.md is the specification, and takes precedence if the
 * two differ.
 */
@NullMarked
package dev.ngbak.archive;

import org.jspecify.annotations.NullMarked;
