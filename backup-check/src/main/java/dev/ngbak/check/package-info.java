/** The reference check between the stores of a system, and the sample query after a restore. */
@NullMarked
package dev.ngbak.check;

import org.jspecify.annotations.NullMarked;
