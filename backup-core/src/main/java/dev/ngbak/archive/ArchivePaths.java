package dev.ngbak.archive;

import dev.ngbak.spi.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;

/** Makes and checks the paths of entries in an archive. */
public final class ArchivePaths {

    /** The order of entries in an archive: that of the bytes of their paths. */
    public static final Comparator<String> ORDER =
            Comparator.comparing(path -> path.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    static final String MANIFEST = "manifest.json";
    static final String CONFIG = "config/graphrag_config.json";

    private static final int MAX_NAME_LENGTH = 180;
    private static final int MAX_PATH_BYTES = 1024;

    private ArchivePaths() {}

    /**
     * Returns a file name for any text: bytes outside {@code [A-Za-z0-9._-]} become {@code %XX}; a long name is truncated and
     * completed with a hash.
     */
    static String fileName(String name, String suffix) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        StringBuilder safe = new StringBuilder();
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-')) {
                safe.append(c);
            } else {
                safe.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
            }
        }
        if (safe.length() + suffix.length() > MAX_NAME_LENGTH) {
            String hash = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes), 0, 8);
            safe.setLength(MAX_NAME_LENGTH - suffix.length() - 1 - hash.length());
            safe.append('-').append(hash);
        }
        // A name that consists only of dots could mean a directory.
        if (safe.toString().matches("\\.*") && suffix.isEmpty()) {
            throw new IllegalArgumentException("a file needs a name or a suffix");
        }
        return safe + suffix;
    }

    /**
     * Returns what is wrong with a path, such as {@code "an absolute name"}, or {@code null} if an archive may contain
     * it.
     */
    static String validate(String path) {
        if (path.isEmpty()) {
            return "an empty name";
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            return "a name of more than " + MAX_PATH_BYTES + " bytes";
        }
        if (path.startsWith("/")) {
            return "an absolute name";
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return "a name with an empty part, \".\" or \"..\" in it";
            }
        }
        if (path.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == ':' || c == 0xfffd)) {
            return "a name with a control character, a backslash, a colon or broken UTF-8 in it";
        }
        return null;
    }
}
