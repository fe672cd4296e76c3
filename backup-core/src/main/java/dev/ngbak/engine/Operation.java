package dev.ngbak.engine;

/** What a check of settings, stores, permissions and space is for. */
public enum Operation {
    BACKUP,
    RESTORE
}
