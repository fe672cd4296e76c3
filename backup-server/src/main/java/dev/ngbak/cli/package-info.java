/** The command line: each command turns its arguments into one call of the engine, and the answer into words or JSON. */
package dev.ngbak.cli;
