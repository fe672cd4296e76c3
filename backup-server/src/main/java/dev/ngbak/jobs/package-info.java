/** Runs the work of the command line and of the server as jobs, and keeps their records. */
package dev.ngbak.jobs;
