/** The HTTP API and the dashboard. {@code Server} wires the parts, the {@code *Routes} classes answer requests. */
package dev.ngbak.server;
