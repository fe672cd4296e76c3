package dev.ngbak.archive;

import dev.ngbak.spi.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/** The names of files inside archives. */
final class ArchivePaths {

    static final String MANIFEST = "manifest.json";
    static final String CONFIG = "config/graphrag_config.json";

    private static final int LONGEST_NAME = 180;
    private static final int LONGEST_PATH = 1024;

    private ArchivePaths() {}

    /** A file name for any text: bytes outside {@code [A-Za-z0-9._-]} as {@code %XX}; a long one is cut and hashed. */
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
        if (safe.length() + suffix.length() > LONGEST_NAME) {
            String hash = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes), 0, 8);
            safe.setLength(LONGEST_NAME - suffix.length() - 1 - hash.length());
            safe.append('-').append(hash);
        }
        // A name of dots alone would be a folder.
        if (safe.toString().matches("\\.*") && suffix.isEmpty()) {
            throw new IllegalArgumentException("a file needs a name or a suffix");
        }
        return safe + suffix;
    }

    /** Why a path cannot be that of a file in an archive, or {@code null} if it can. */
    static String objection(String path) {
        if (path.isEmpty()) {
            return "an empty name";
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            return "a name of more than " + LONGEST_PATH + " bytes";
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

    /** A name as it may stand in a message: short, and without characters that a terminal acts on. */
    static String shown(String name) {
        String clean = name.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 120) + "…";
    }
}
