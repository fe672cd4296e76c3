/** The command line. Each command is one call of the engine; its result is printed as text or as JSON. */
package dev.ngbak.cli;
