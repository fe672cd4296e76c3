package dev.ngbak.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SplittableRandom;

/** Generates data that compresses like the content of real stores. Every run generates the same bytes. */
final class BenchmarkData {

    private static final int DIMENSION = 1536;
    private static final String[] SYLLABLES = {
        "a", "be", "con", "de", "er", "for", "ing", "in", "lo", "man", "ne", "or", "per", "qui", "re", "st", "tion",
        "ter", "un", "ver", "wa", "y"
    };

    private final SplittableRandom random = new SplittableRandom(6);
    private final String[] words = new String[20_000];

    private BenchmarkData() {
        for (int i = 0; i < words.length; i++) {
            StringBuilder word = new StringBuilder();
            // The first words are the most frequent, and short.
            for (int n = random.nextInt(i < 200 ? 2 : 4); n >= 0; n--) {
                word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
            }
            words[i] = word.toString();
        }
    }

    /** Writes unit vectors as little-endian float32, as in a snapshot, {@code bytes} bytes in total. */
    static void vectors(OutputStream out, long bytes) throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        double[] vector = new double[DIMENSION];
        ByteBuffer buffer = ByteBuffer.allocate(DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long left = bytes; left > 0; left -= buffer.capacity()) {
            double square = 0;
            for (int i = 0; i < DIMENSION; i++) {
                vector[i] = random.nextGaussian();
                square += vector[i] * vector[i];
            }
            double length = Math.sqrt(square);
            buffer.clear();
            for (double each : vector) {
                buffer.putFloat((float) (each / length));
            }
            out.write(buffer.array(), 0, (int) Math.min(left, buffer.capacity()));
        }
    }

    /**
     * Writes a JSON object with chunks, reports and cached answers, in the format of nano-graphrag's JSON storage. Stops after
     * the record that reaches {@code bytes} bytes.
     */
    static void json(OutputStream target, long bytes) throws IOException {
        BenchmarkData data = new BenchmarkData();
        OutputStream out = new BufferedOutputStream(target, 1 << 20);
        long written = 0;
        for (int n = 0; written < bytes; n++) {
            byte[] record = ((n == 0 ? "{\n" : ",\n") + data.record(n)).getBytes(StandardCharsets.UTF_8);
            out.write(record);
            written += record.length;
        }
        out.write("\n}".getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private String record(int n) {
        String[] names = new String[6];
        for (int i = 0; i < names.length; i++) {
            names[i] = capitalize(word()) + " " + capitalize(word());
        }
        return switch (n % 5) {
            case 0, 1, 2 -> """
                  "chunk-%s": {
                    "tokens": %d,
                    "content": "%s",
                    "chunk_order_index": %d,
                    "full_doc_id": "doc-%s"
                  }""".formatted(hex(), 1_000 + random.nextInt(200), text(5_000, names), n % 40, hex());
            case 3 -> {
                String summary = text(700, names);
                String first = text(900, names);
                String second = text(900, names);
                yield """
                  "%d": {
                    "report_string": "# %s\\n\\n%s\\n\\n## %s\\n\\n%s\\n\\n## %s\\n\\n%s",
                    "report_json": {
                      "title": "%s",
                      "summary": "%s",
                      "rating": %d.5,
                      "findings": [
                        {
                          "summary": "%s",
                          "explanation": "%s"
                        },
                        {
                          "summary": "%s",
                          "explanation": "%s"
                        }
                      ]
                    },
                    "level": %d,
                    "chunk_ids": [
                      "chunk-%s",
                      "chunk-%s"
                    ],
                    "occurrence": %s
                  }""".formatted(
                                n,
                                names[0],
                                summary,
                                names[1],
                                first,
                                names[2],
                                second,
                                names[0],
                                summary,
                                random.nextInt(9),
                                names[1],
                                first,
                                names[2],
                                second,
                                random.nextInt(3),
                                hex(),
                                hex(),
                                random.nextDouble());
            }
            default -> {
                StringBuilder answer = new StringBuilder();
                for (String name : names) {
                    answer.append("(\\\"entity\\\"<|>\\\"")
                            .append(name.toUpperCase(Locale.ROOT))
                            .append("\\\"<|>\\\"organization\\\"<|>\\\"")
                            .append(text(250, names))
                            .append("\\\")##\\n");
                }
                yield """
                  "%s": {
                    "return": "%s<|COMPLETE|>",
                    "model": "gpt-4o-mini"
                  }""".formatted(hex(), answer);
            }
        };
    }

    /** Returns text in which, as in natural language, a few words are frequent and names recur. */
    private String text(int length, String[] names) {
        StringBuilder text = new StringBuilder(length + 40);
        while (text.length() < length) {
            text.append(random.nextInt(14) == 0 ? names[random.nextInt(names.length)] : word());
            text.append(
                    switch (random.nextInt(40)) {
                        case 0 -> ", ";
                        case 1, 2 -> ". ";
                        case 3 -> "\\n";
                        default -> " ";
                    });
        }
        return text.toString();
    }

    private String word() {
        return words[(int) Math.pow(words.length, random.nextDouble()) - 1];
    }

    private static String capitalize(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private String hex() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
