package dev.ngbak.files;

import dev.ngbak.layout.StoreScope.FilePattern;
import dev.ngbak.spi.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/** Converts between the file names of one kind and the names of their contents: collections, namespaces, graphs. */
record FileNames(FilePattern pattern) {

    /** The limit of Linux file systems. */
    private static final int MAX_FILE_NAME_BYTES = 255;

    private static final String TEMPORARY_PREFIX = ".ngbak-";
    private static final String TEMPORARY_SUFFIX = ".part";
    private static final FilePattern TEMPORARY = new FilePattern(TEMPORARY_PREFIX, TEMPORARY_SUFFIX);

    String suffix() {
        return pattern.suffix();
    }

    String fileName(String name) {
        return pattern.prefix() + name + pattern.suffix();
    }

    /**
     * Returns the name of the content that a file name contains, or empty for a file of another kind. Hidden files
     * belong to no kind.
     */
    Optional<String> nameIn(String fileName) {
        return pattern.matches(fileName) && !fileName.startsWith(".")
                ? Optional.of(fileName.substring(
                        pattern.prefix().length(),
                        fileName.length() - pattern.suffix().length()))
                : Optional.empty();
    }

    boolean matches(String fileName) {
        return nameIn(fileName).isPresent();
    }

    /**
     * Returns the reason, as a predicate, why the name of a file of this kind cannot contain a name from an archive.
     */
    Optional<String> problem(String name) {
        String fileName = fileName(name);
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            return Optional.of("contains a character that file names cannot contain");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(fileName)) {
            return Optional.of("contains half of a surrogate pair");
        }
        if (fileName.getBytes(StandardCharsets.UTF_8).length > MAX_FILE_NAME_BYTES) {
            return Optional.of("is too long: the file name would have more than " + MAX_FILE_NAME_BYTES + " bytes");
        }
        return matches(fileName) ? Optional.empty() : Optional.of("would create a hidden file");
    }

    /** Returns the name of the file that is written next to another until it replaces it. */
    String temporaryName(String fileName) {
        byte[] bytes = fileName.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_FILE_NAME_BYTES - TEMPORARY_PREFIX.length() - TEMPORARY_SUFFIX.length()) {
            return TEMPORARY_PREFIX + fileName + TEMPORARY_SUFFIX;
        }
        String hash = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes));
        return TEMPORARY_PREFIX + fileName(hash) + TEMPORARY_SUFFIX;
    }

    /** Returns whether a file may be a leftover of an interrupted restore of this kind. */
    boolean isTemporary(String fileName) {
        return TEMPORARY.matches(fileName)
                && matches(
                        fileName.substring(TEMPORARY_PREFIX.length(), fileName.length() - TEMPORARY_SUFFIX.length()));
    }
}
