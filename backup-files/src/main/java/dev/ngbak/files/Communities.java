package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Counts the distinct communities of the final level, from the {@code clusters} that nano-graphrag leaves in nodes. */
final class Communities {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Texts above this, and names and amounts that no clustering makes, are not worth the memory of counting them. */
    private static final int LONGEST_TEXT = 1 << 20;

    private static final int LONGEST_NAME = 40;
    private static final int MOST = 200_000;

    private final Set<String> found = new HashSet<>();
    private final StringBuilder text = new StringBuilder();
    private boolean tooMany;

    /** Begins a node. */
    void begin() {
        text.setLength(0);
    }

    /** Takes a piece of the node's {@code clusters}. */
    void add(char[] characters, int offset, int length) {
        int room = LONGEST_TEXT + 1 - text.length();
        text.append(characters, offset, Math.min(length, room));
    }

    /** Ends the node. What is not a list of levels is no community, and does no harm. */
    void end() {
        if (text.isEmpty() || text.length() > LONGEST_TEXT) {
            return;
        }
        try {
            JsonNode levels = JSON.readTree(text.toString());
            JsonNode cluster = levels.path(levels.size() - 1).path("cluster");
            if (levels.isArray() && (cluster.isTextual() || cluster.isIntegralNumber())) {
                add(cluster.asText());
            }
        } catch (JsonProcessingException e) {
            return;
        } finally {
            if (text.capacity() > 1 << 16) {
                text.setLength(0);
                text.trimToSize();
            }
        }
    }

    private void add(String name) {
        if (name.length() > LONGEST_NAME) {
            return;
        }
        if (found.size() < MOST) {
            found.add(name);
        } else if (!found.contains(name)) {
            tooMany = true;
        }
    }

    long distinct() {
        return found.size();
    }

    /** What to say where the count is not the true one. */
    Optional<String> warning(String file) {
        return tooMany
                ? Optional.of("The graph " + Malformed.shown(file) + " has more than " + MOST
                        + " communities; they are all kept, but were counted only up to there.")
                : Optional.empty();
    }
}
