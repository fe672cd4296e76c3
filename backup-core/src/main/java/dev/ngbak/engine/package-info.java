/**
 * The engine: how a backup and a restore run. {@link dev.ngbak.engine.BackupManager} is the whole of it to its users; it
 * keeps no static state and binds no logging.
 */
package dev.ngbak.engine;
