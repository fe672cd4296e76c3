/** The reference check between the stores of a system, and the sample query after a restore. */
package dev.ngbak.check;
