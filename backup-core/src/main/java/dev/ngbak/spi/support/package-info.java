/**
 * Code that storage plugins share: digests, progress, safe messages, reading JSON, temporary files, sorting on disk.
 * Public, so that third-party plugins use it too.
 */
@NullMarked
package dev.ngbak.spi.support;

import org.jspecify.annotations.NullMarked;
