package dev.ngbak.spi.support;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** Orders the texts in canonical forms. */
public final class Utf8 {

    /** Orders texts by their UTF-8 bytes, unsigned. */
    public static final Comparator<String> BYTE_ORDER =
            Comparator.comparing(text -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private Utf8() {}
}
