/**
 * Code that storage plugins share: digests, progress, safe messages, reading JSON, temporary files, sorting on disk.
 * Public, so that third-party plugins use it too.
 */
package dev.ngbak.spi.support;
