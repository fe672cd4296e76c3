package dev.ngbak.spi;

import dev.ngbak.spi.support.ProductVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The versions of one product that the tests of a plugin ran against. {@code docs/COMPATIBILITY.md} shows what they found.
 *
 * @param product as {@link StoreInfo#product} names it
 * @param versions the first two numbers of each version, such as {@code 5.26}, ascending
 */
public record TestedVersions(String product, List<String> versions) {

    public TestedVersions {
        versions = List.copyOf(versions);
        if (versions.isEmpty()) {
            throw new IllegalArgumentException("no version of " + product);
        }
    }

    public TestedVersions(String product, String... versions) {
        this(product, List.of(versions));
    }

    /** How a version of a server relates to those that were tested. */
    public enum Relation {
        /** It is one of them, apart from the numbers after the second. */
        TESTED,
        /** It is older than the oldest. */
        OLDER,
        /** It is not one of them, but between two. */
        BETWEEN,
        /** It is newer than the newest. */
        NEWER,
        /** The server's version is not known. */
        UNKNOWN
    }

    /** Returns how the version that a server reports relates to these. */
    public Relation relation(String version) {
        Optional<ProductVersion> reported = ProductVersion.parse(version);
        if (reported.isEmpty()) {
            return Relation.UNKNOWN;
        }
        List<Integer> order = new ArrayList<>();
        for (String tested : versions) {
            order.add(reported.get().compareTo(ProductVersion.parse(tested).orElseThrow()));
        }
        if (order.contains(0)) {
            return Relation.TESTED;
        }
        if (order.stream().allMatch(difference -> difference > 0)) {
            return Relation.NEWER;
        }
        return order.stream().allMatch(difference -> difference < 0) ? Relation.OLDER : Relation.BETWEEN;
    }
}
