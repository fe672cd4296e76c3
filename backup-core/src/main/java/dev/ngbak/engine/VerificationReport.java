package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.List;
import java.util.Set;

/**
 * The result of reading an archive whole: it is what its manifest says.
 *
 * @param decoded the stores whose records were all decoded and counted; of the others, only the files' digests were
 *     checked, and a warning says why
 * @param warnings whole sentences
 */
public record VerificationReport(ArchiveInfo archive, Set<Role> decoded, List<String> warnings) {

    public VerificationReport {
        decoded = Set.copyOf(decoded);
        warnings = List.copyOf(warnings);
    }
}
