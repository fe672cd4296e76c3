package dev.ngbak.repository;

import dev.ngbak.archive.Manifest;

/** How much is known in favour of an archive. The later constants are better. */
enum Trust {
    /** It was not verified, or it failed. */
    NONE(""),
    /** It was verified. The reference check found errors. */
    COMPLETE("the last that was verified"),
    /** It was verified. It is unknown whether references are broken. */
    UNCHECKED("the last that was verified"),
    CHECKED("the last that was verified and passed the reference check");

    private final String reason;

    Trust(String reason) {
        this.reason = reason;
    }

    static Trust in(ArchiveInfo archive) {
        if (archive.verification() == null || !archive.verification().ok()) {
            return NONE;
        }
        Manifest.Check check = archive.manifest().check();
        if (check == null) {
            return UNCHECKED;
        }
        return check.errors() > 0 ? COMPLETE : CHECKED;
    }

    /** Returns why retention keeps the newest archive of this kind. */
    String reason() {
        return reason;
    }
}
