package dev.ngbak.stack;

import java.util.SplittableRandom;

/** Generates text that is about as repetitive as natural language. */
final class TextGenerator {

    private static final int TEXT_LENGTH = 2_000_000;
    private static final String[] SYLLABLES = {
        "ka", "ro", "mi", "sen", "tal", "vor", "ul", "ne", "pri", "ost", "and", "el", "dur", "fa", "gi", "é", "ß", "ło"
    };

    private final String[] words = new String[20_000];
    private final String text;

    TextGenerator(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < words.length; i++) {
            StringBuilder word = new StringBuilder();
            for (int n = random.nextInt(4); n >= 0; n--) {
                word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
            }
            words[i] = word.toString();
        }
        StringBuilder all = new StringBuilder(TEXT_LENGTH + 100);
        while (all.length() < TEXT_LENGTH) {
            all.append(word(random)).append(random.nextInt(12) == 0 ? ". " : " ");
        }
        text = all.toString();
    }

    /** Returns a random word. As in natural language, a few words are frequent. */
    String word(SplittableRandom random) {
        return words[(int) Math.pow(words.length, random.nextDouble()) - 1];
    }

    /** Returns an excerpt of about {@code length} characters, without surrounding white space. */
    String excerpt(SplittableRandom random, int length) {
        int start = random.nextInt(text.length() - Math.min(length, TEXT_LENGTH / 2));
        StringBuilder excerpt = new StringBuilder(text.substring(start, Math.min(text.length(), start + length)));
        while (excerpt.length() < length - 1) {
            excerpt.append(text, 0, Math.min(text.length(), length - excerpt.length()));
        }
        return excerpt.toString().strip();
    }
}
