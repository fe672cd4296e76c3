package dev.ngbak.spi.support;

/** Makes text from stores, files and archives safe to show. */
public final class SafeText {

    private static final int MAX_LENGTH = 120;

    private SafeText() {}

    /**
     * Returns the text as it can appear in a message: with a question mark for each character that a terminal acts on
     * (control, format and separator characters, unpaired surrogates), and with an ellipsis for everything after 120
     * characters.
     */
    public static String forMessage(String text) {
        return forMessage(text, MAX_LENGTH);
    }

    /** Returns the same with an ellipsis for everything after {@code maxLength} characters. */
    public static String forMessage(String text, int maxLength) {
        String safe = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
        return safe.length() <= maxLength ? safe : safe.substring(0, maxLength) + "…";
    }

    /** Returns {@link #forMessage} of the text in double quotes. */
    public static String quoted(String text) {
        return '"' + forMessage(text) + '"';
    }
}
