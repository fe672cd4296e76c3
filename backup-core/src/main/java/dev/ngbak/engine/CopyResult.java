package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveInfo;
import org.jspecify.annotations.Nullable;

/**
 * A copy of an archive in another repository. Every byte of it was read and verified, now or earlier.
 *
 * @param archive the copy, with the outcome of its last verification
 * @param target the other repository as messages name it
 * @param isNew whether it was made now; false if the other repository had it already
 * @param sha256 the SHA-256 of all its bytes in hexadecimal digits if it is new, or {@code null}
 */
public record CopyResult(
        ArchiveInfo archive,
        String target,
        boolean isNew,
        @Nullable String sha256) {}
