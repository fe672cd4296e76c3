package dev.ngbak.stack;

import java.util.SplittableRandom;

/** Made-up text that is about as repetitive as real text. */
final class Prose {

    private static final int LENGTH = 2_000_000;
    private static final String[] SYLLABLES = {
        "ka", "ro", "mi", "sen", "tal", "vor", "ul", "ne", "pri", "ost", "and", "el", "dur", "fa", "gi", "é", "ß", "ło"
    };

    private final String[] words = new String[20_000];
    private final String text;

    Prose(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < words.length; i++) {
            StringBuilder word = new StringBuilder();
            for (int n = random.nextInt(4); n >= 0; n--) {
                word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
            }
            words[i] = word.toString();
        }
        StringBuilder all = new StringBuilder(LENGTH + 100);
        while (all.length() < LENGTH) {
            all.append(word(random)).append(random.nextInt(12) == 0 ? ". " : " ");
        }
        text = all.toString();
    }

    /** Few words are frequent, as in any language. */
    String word(SplittableRandom random) {
        return words[(int) Math.pow(words.length, random.nextDouble()) - 1];
    }

    /** A piece of about that length, without white space around it. */
    String piece(SplittableRandom random, int length) {
        int start = random.nextInt(text.length() - Math.min(length, LENGTH / 2));
        StringBuilder piece = new StringBuilder(text.substring(start, Math.min(text.length(), start + length)));
        while (piece.length() < length - 1) {
            piece.append(text, 0, Math.min(text.length(), length - piece.length()));
        }
        return piece.toString().strip();
    }
}
