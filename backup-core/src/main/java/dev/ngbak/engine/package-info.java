/**
 * Runs backups and restores. {@link dev.ngbak.engine.BackupManager} is its whole API. The engine keeps no static state
 * and binds to no logging framework.
 */
@NullMarked
package dev.ngbak.engine;

import org.jspecify.annotations.NullMarked;
