package dev.ngbak.engine;

/** What a backup does about broken references: the values of {@code BACKUP_CHECK}. */
enum CheckMode {
    /** It does not look for them. */
    OFF,
    /** It warns of them. */
    WARN,
    /** It fails if a rule is broken whose severity is error. */
    FAIL
}
