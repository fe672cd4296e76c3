package dev.ngbak.files;

import java.io.IOException;

/** Content that is not what its form says. The message goes on from the file's name: "is not valid JSON at byte 7: …". */
final class Malformed extends IOException {

    private static final long serialVersionUID = 1;

    Malformed(String message) {
        super(message);
    }

    /** A text from a file or an archive as it may stand in a message: short, and nothing in it that a terminal acts on. */
    static String shown(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 120) + "…";
    }
}
