package dev.ngbak.testkit;

import java.util.List;
import java.util.Random;

/** Generates texts that break careless code. The same seed gives the same text. */
public final class AwkwardValues {

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "\"ALICE\"",
            "'; DROP TABLE x; --",
            "a/b\\c:d*e?f",
            "../../etc/passwd",
            "C1<SEP>C2<SEP>C3",
            "{\"looks\": \"like JSON\", \"n\": NaN}",
            "]]>&amp;<!-- <data key=\"d0\">",
            "line\nline\r\nline\tend ",
            "Ünïcödé \u00df \u0130 \u0131 e\u0301 \ufb01",
            "\u05e9\u05dc\u05d5\u05dd \u202e reversed",
            "\u4e2d\u6587 \ud83d\ude00 \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \ud840\udc00",
            "\ufeffmark \u2028 \u2029 \u00a0 \ufffd",
            "18446744073709551617",
            "-0.0",
            "1e400",
            "null",
            "%00%2F..%5C");

    private AwkwardValues() {}

    /** Returns a text without the control characters that XML does not allow. */
    public static String text(Random random) {
        String text = TEXTS.get(random.nextInt(TEXTS.size()));
        return switch (random.nextInt(8)) {
            case 0 -> text.repeat(1 + random.nextInt(200));
            case 1 -> text + random.nextLong();
            case 2 -> random.nextLong() + text;
            default -> text;
        };
    }

    /** Returns a text that may contain any control character, including NUL. */
    public static String anyText(Random random) {
        String text = text(random);
        return random.nextInt(4) == 0 ? text + (char) random.nextInt(0x20) + "\0\u007f" : text;
    }
}
