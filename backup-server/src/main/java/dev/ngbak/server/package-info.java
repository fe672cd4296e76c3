/** The HTTP API: thin handlers over the engine and the jobs. {@code Server} puts it together, {@code Api} has the routes. */
package dev.ngbak.server;
