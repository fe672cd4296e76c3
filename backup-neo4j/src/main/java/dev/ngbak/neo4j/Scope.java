package dev.ngbak.neo4j;

import java.util.List;

/** What of a database belongs to the system: the nodes of a label and the relationships between them, or all of it. */
record Scope(String namespace) {

    private static final String WHOLE = "*";

    boolean isWhole() {
        return namespace.equals(WHOLE);
    }

    /** A pattern of a node in scope, such as {@code (n:`Label`)}. */
    String node(String variable) {
        return "(" + variable + (isWhole() ? "" : ":" + quoted(namespace)) + ")";
    }

    /** An expression that tells whether a node is in scope. */
    String holds(String variable) {
        return isWhole() ? "true" : variable + ":" + quoted(namespace);
    }

    /**
     * The beginning of a command on the relationships {@code r} from {@code a} to {@code b} between nodes in scope. For few nodes with many
     * relationships the server plans all pairs of nodes. It must not keep that plan when a restore has just made the
     * nodes many, as it does for some seconds (Cypher manual, "Cypher replanning").
     */
    String relationships() {
        return "CYPHER replan=force MATCH " + node("a") + "-[r]->" + node("b");
    }

    /** The command that counts the relationships between nodes in scope and others. */
    String leavingCount() {
        return "MATCH " + node("n") + "-[r]-(other) WHERE NOT " + holds("other") + " RETURN count(r)";
    }

    /** Whether a node with these labels is in scope. */
    boolean includes(List<String> labels) {
        return isWhole() || labels.contains(namespace);
    }

    String shown() {
        return isWhole() ? "the whole database" : "the label \"" + Texts.shown(namespace) + "\"";
    }

    /**
     * A label, a type or a name as it stands in Cypher. Back-quotes are doubled; a backslash is spelled as the escape
     * that Cypher decodes before it parses, since otherwise {@code \}{@code u0060} in a name would end it.
     */
    static String quoted(String name) {
        return "`" + name.replace("\\", "\\u005C").replace("`", "``") + "`";
    }

    /** Labels behind a variable. */
    static String labels(List<String> labels) {
        StringBuilder text = new StringBuilder();
        labels.forEach(label -> text.append(':').append(quoted(label)));
        return text.toString();
    }
}
