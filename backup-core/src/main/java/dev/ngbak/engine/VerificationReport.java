package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Role;
import java.util.List;
import java.util.Set;

/**
 * The result of a successful verification.
 *
 * @param decoded the stores whose records were all decoded and compared; of other stores, only the digests of the files were
 *     checked, and a warning gives the reason
 * @param warnings whole sentences
 */
public record VerificationReport(ArchiveInfo archive, Set<Role> decoded, List<String> warnings) {

    public VerificationReport {
        decoded = Set.copyOf(decoded);
        warnings = List.copyOf(warnings);
    }
}
