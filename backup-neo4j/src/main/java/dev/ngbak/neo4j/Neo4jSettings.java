package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How to reach Neo4j, and what of it belongs to the system.
 *
 * @param patience how long Neo4j may be silent, while it works or starts, until it counts as gone
 */
record Neo4jSettings(
        String url,
        String username,
        Secret password,
        String database,
        Scope scope,
        Mode mode,
        Commands commands,
        Duration patience) {

    static final String URL = "NEO4J_URL";
    static final String USERNAME = "NEO4J_USERNAME";
    static final String PASSWORD = "NEO4J_PASSWORD";
    static final String DATABASE = "NEO4J_DATABASE";
    static final String NAMESPACE = "NEO4J_GRAPH_NAMESPACE";
    static final String MODE = "NEO4J_BACKUP_MODE";
    static final String ADMIN_CMD = "NEO4J_ADMIN_CMD";
    static final String STOP_CMD = "NEO4J_STOP_CMD";
    static final String START_CMD = "NEO4J_START_CMD";

    /** How backups are made. A restore goes by what the archive holds. */
    enum Mode {
        BOLT,
        ADMIN
    }

    /**
     * The operator's commands, each {@code null} where it is not set, and the folder for what must be kept beside the
     * database while it is replaced.
     */
    record Commands(String admin, String stop, String start, Path folder) {

        /** What keeps these commands from being used for a database, as problem and remedy; {@code null} if nothing. */
        BackupException problem(String database, String purpose) {
            List<String> missing = new ArrayList<>();
            if (admin == null) {
                missing.add(ADMIN_CMD);
            }
            if (stop == null) {
                missing.add(STOP_CMD);
            }
            if (start == null) {
                missing.add(START_CMD);
            }
            if (!missing.isEmpty()) {
                return new BackupException(
                        Kind.INVALID,
                        purpose + ", and " + String.join(" and ", missing)
                                + (missing.size() == 1 ? " is not set" : " are not set"),
                        "Set the commands that run neo4j-admin, stop Neo4j and start it (" + ADMIN_CMD + ", " + STOP_CMD
                                + ", " + START_CMD + ")");
            }
            if (!database.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                return Settings.unusable(DATABASE, Texts.shown(database), "the plain name of a database");
            }
            return null;
        }
    }

    static Neo4jSettings from(Settings settings) {
        Neo4jSettings neo4j = new Neo4jSettings(
                settings.text(URL, "neo4j://localhost:7687"),
                settings.text(USERNAME, "neo4j"),
                settings.secret(PASSWORD),
                settings.text(DATABASE, "neo4j"),
                new Scope(settings.text(NAMESPACE, "GraphRAG_chunk_entity_relation")),
                settings.choice(MODE, Mode.BOLT),
                new Commands(
                        settings.text(ADMIN_CMD, null),
                        settings.text(STOP_CMD, null),
                        settings.text(START_CMD, null),
                        settings.path("BACKUP_DIR", "./backups")
                                .resolve(".ngbak/neo4j")
                                .toAbsolutePath()),
                Duration.ofMinutes(10));
        if (neo4j.mode == Mode.ADMIN) {
            neo4j.checkAdmin();
        }
        return neo4j;
    }

    private void checkAdmin() {
        String purpose = MODE + " is \"admin\"";
        BackupException problem = commands.problem(database, purpose);
        if (problem != null) {
            throw problem;
        }
        if (!scope.isWhole()) {
            throw new BackupException(
                    Kind.INVALID,
                    purpose + ", which always takes the whole database, and " + NAMESPACE + " is \""
                            + Texts.shown(scope.namespace()) + "\": a restore would take away all other data",
                    "Set " + NAMESPACE + "=* if nothing else is in the database, or " + MODE + "=bolt");
        }
    }

    Neo4jSettings withPatience(Duration other) {
        return new Neo4jSettings(url, username, password, database, scope, mode, commands, other);
    }

    /** The URL without a user or a token that somebody may have put into it. */
    String shownUrl() {
        return url.replaceAll("(?<=://)[^/@\\s]*@", "").replaceAll("[?#].*", "");
    }
}
