package dev.ngbak.neo4j;

import java.util.List;

/** Names in Cypher. */
final class Cypher {

    private Cypher() {}

    /**
     * Quotes a label, a type, a property or the name of a constraint or index. Back-quotes are doubled. A backslash
     * becomes the Unicode escape that Cypher decodes before it parses; otherwise {@code \}{@code u0060} in a name would
     * end the name.
     */
    static String quote(String name) {
        return "`" + name.replace("\\", "\\u005C").replace("`", "``") + "`";
    }

    /** Returns labels as they follow a variable in a pattern: {@code :`A`:`B`}. */
    static String labels(List<String> labels) {
        StringBuilder text = new StringBuilder();
        labels.forEach(label -> text.append(':').append(quote(label)));
        return text.toString();
    }
}
