package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Chooses the database of a graph as a system does that tries several, and refuses to guess if another one contains nodes
 * in scope too.
 */
final class DatabaseChoice {

    /** The name of a candidate that stands for the default database of the user. */
    static final String HOME = "";

    /**
     * A database on the server.
     *
     * @param home whether it is the default database of the user
     */
    record Present(String name, boolean home) {}

    private DatabaseChoice() {}

    /** Returns the candidates for messages. */
    static String displayName(List<String> candidates) {
        List<String> names = candidates.stream()
                .map(name -> name.equals(HOME) ? "the default database" : name)
                .toList();
        return String.join(" or ", names);
    }

    /**
     * Returns the first candidate that exists.
     *
     * @param nodes counts the nodes in scope of a database
     * @throws BackupException {@code INVALID} if none exists, or if a later one contains nodes in scope
     */
    static String choose(List<String> candidates, List<Present> present, ToLongFunction<String> nodes) {
        List<String> existing = candidates.stream()
                .flatMap(candidate -> present.stream()
                        .filter(database -> candidate.equals(HOME)
                                ? database.home()
                                : database.name().equals(candidate))
                        .map(Present::name))
                .distinct()
                .toList();
        if (existing.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    "The server has no database " + displayName(candidates),
                    "Set NEO4J_DATABASE to the database that contains the graph");
        }
        for (String other : existing.subList(1, existing.size())) {
            long found = nodes.applyAsLong(other);
            if (found > 0) {
                throw new BackupException(
                        Kind.INVALID,
                        "The database " + SafeText.quoted(other) + " contains " + found
                                + " nodes in scope, but the system would use " + SafeText.quoted(existing.get(0))
                                + ", and NEO4J_DATABASE is not set",
                        "Set NEO4J_DATABASE to the database that contains the graph, for the system too");
            }
        }
        return existing.get(0);
    }
}
