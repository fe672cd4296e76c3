package dev.ngbak.engine;

import dev.ngbak.spi.TestedVersions;
import dev.ngbak.spi.support.ProductVersion;
import java.util.List;
import java.util.Optional;

/** How a version of a server relates to those that its plugin is tested with. */
enum VersionRelation {
    /** It is one of them, apart from the numbers after the second. */
    TESTED,
    /** It is older than the oldest. */
    OLDER,
    /** It is not one of them, but between two. */
    BETWEEN,
    /** It is newer than the newest. */
    NEWER,
    /** The server's version is not known. */
    UNKNOWN;

    static VersionRelation of(TestedVersions tested, String version) {
        Optional<ProductVersion> reported = ProductVersion.parse(version);
        if (reported.isEmpty()) {
            return UNKNOWN;
        }
        List<Integer> differences = tested.versions().stream()
                .map(text -> reported.get().compareTo(ProductVersion.parse(text).orElseThrow()))
                .toList();
        if (differences.contains(0)) {
            return TESTED;
        }
        if (differences.stream().allMatch(difference -> difference > 0)) {
            return NEWER;
        }
        return differences.stream().allMatch(difference -> difference < 0) ? OLDER : BETWEEN;
    }
}
