package dev.ngbak.spi;

import java.util.List;

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
}
