package dev.ngbak.neo4j;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** Texts that come from a database or an archive. */
final class Texts {

    /** The order of the UTF-8 bytes, which is that of the canonical form. */
    static final Comparator<String> BY_BYTES =
            Comparator.comparing(text -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private static final int MAX_LENGTH = 120;

    private Texts() {}

    /** A text as it may stand in a message: short, and nothing in it that a terminal acts on. */
    static String shown(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
        return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH) + "…";
    }
}
