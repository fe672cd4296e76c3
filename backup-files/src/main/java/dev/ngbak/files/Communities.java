package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.support.SafeText;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Counts the distinct communities of the final level, which an attribute of each node lists as JSON. */
final class Communities {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The limits on texts, names and communities bound the memory. No clustering produces longer or more of them. */
    private static final int MAX_TEXT_LENGTH = 1 << 20;

    private static final int MAX_NAME_LENGTH = 40;
    private static final int MAX_COMMUNITIES = 200_000;
    private static final int RETAINED_CAPACITY = 1 << 16;

    private final String idMember;
    private final Set<String> found = new HashSet<>();
    private final StringBuilder text = new StringBuilder();
    private boolean tooMany;

    /** @param idMember the member of a level that contains the id of the community */
    Communities(String idMember) {
        this.idMember = idMember;
    }

    void beginNode() {
        text.setLength(0);
    }

    /** Takes a piece of the node's list. */
    void addText(char[] characters, int offset, int length) {
        int room = MAX_TEXT_LENGTH + 1 - text.length();
        text.append(characters, offset, Math.min(length, room));
    }

    /** Counts the community of the node. Ignores a text that is not a list of levels. */
    void endNode() {
        if (text.isEmpty() || text.length() > MAX_TEXT_LENGTH) {
            return;
        }
        try {
            JsonNode levels = JSON.readTree(text.toString());
            JsonNode community = levels.path(levels.size() - 1).path(idMember);
            if (levels.isArray() && (community.isTextual() || community.isIntegralNumber())) {
                add(community.asText());
            }
        } catch (JsonProcessingException e) {
            return;
        } finally {
            if (text.capacity() > RETAINED_CAPACITY) {
                text.setLength(0);
                text.trimToSize();
            }
        }
    }

    private void add(String name) {
        if (name.length() > MAX_NAME_LENGTH) {
            return;
        }
        if (found.size() < MAX_COMMUNITIES) {
            found.add(name);
        } else if (!found.contains(name)) {
            tooMany = true;
        }
    }

    long distinct() {
        return found.size();
    }

    /** Returns a warning if the count is too low. */
    Optional<String> warning(String file) {
        return tooMany
                ? Optional.of("The graph " + SafeText.forMessage(file) + " has more than " + MAX_COMMUNITIES
                        + " communities. All of them are kept, but only that many were counted.")
                : Optional.empty();
    }
}
