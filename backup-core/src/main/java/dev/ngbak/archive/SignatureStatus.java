package dev.ngbak.archive;

import java.util.Locale;

/** What is known about the origin of an archive. */
public enum SignatureStatus {
    /** Signed with a trusted key, and unchanged since. */
    VALID,
    /** Signed with a key that is not trusted, so the signature proves nothing. */
    UNTRUSTED,
    UNSIGNED;

    /** Returns the word in lists. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
