package dev.ngbak.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds names that a user may have meant. */
final class Suggestion {

    private static final int MOST = 3;

    private Suggestion() {}

    /** Returns the question whether one of these names was meant, followed by a space; or an empty text if there are none. */
    static String of(List<String> names) {
        return names.isEmpty() ? "" : "Did you mean " + String.join(" or ", names) + "? ";
    }

    /** Returns the known names that differ from this one in at most a third of their letters, the nearest first. */
    static List<String> nearest(String name, Collection<String> known) {
        String lower = name.toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(candidate -> distance(lower, candidate) <= Math.max(1, letters(candidate) / 3))
                .sorted(Comparator.comparingInt(candidate -> distance(lower, candidate)))
                .limit(MOST)
                .toList();
    }

    private static int letters(String option) {
        return option.replaceFirst("^-+", "").length();
    }

    /** Returns the setting that a variable seems to be a misspelling of. */
    static Optional<String> setting(String variable, Collection<String> settings) {
        // Short names are close to too many others, such as HOME to HOST.
        return settings.stream()
                .filter(setting -> distance(variable, setting) <= Math.min(2, setting.length() / 5))
                .min(Comparator.comparingInt(setting -> distance(variable, setting)));
    }

    /** Returns how many letters have to be added, left out, replaced or swapped with the next one. Ignores the case. */
    private static int distance(String name, String candidate) {
        String one = name.toLowerCase(Locale.ROOT);
        String other = candidate.toLowerCase(Locale.ROOT);
        int[][] edits = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                boolean same = one.charAt(i - 1) == other.charAt(j - 1);
                edits[i][j] =
                        Math.min(edits[i - 1][j - 1] + (same ? 0 : 1), 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
                }
            }
        }
        return edits[one.length()][other.length()];
    }
}
