package dev.ngbak.spi.support;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first two numbers of a product's version. */
public record ProductVersion(int major, int minor) implements Comparable<ProductVersion> {

    private static final Pattern VERSION = Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})(?:[.-].*)?");

    /** Parses a version such as {@code 5.26.30}, {@code v1.18.3} or {@code 2026.08.1-aura}. */
    public static Optional<ProductVersion> parse(String text) {
        Matcher version = VERSION.matcher(text);
        return version.matches()
                ? Optional.of(
                        new ProductVersion(Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(ProductVersion other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    /** Returns whether this version is the same as another or newer. */
    public boolean isAtLeast(int otherMajor, int otherMinor) {
        return compareTo(new ProductVersion(otherMajor, otherMinor)) >= 0;
    }
}
