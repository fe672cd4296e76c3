/** What the command line and the server have in common: jobs, kept on the disk, and the JSON forms of all answers. */
package dev.ngbak.jobs;
