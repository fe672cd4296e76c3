package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.util.List;

/** How to reach Neo4j, and what of it belongs to the system. */
record Neo4jSettings(String url, String username, Secret password, String database, Scope scope) {

    static final String URL = "NEO4J_URL";
    static final String USERNAME = "NEO4J_USERNAME";
    static final String PASSWORD = "NEO4J_PASSWORD";
    static final String DATABASE = "NEO4J_DATABASE";
    static final String NAMESPACE = "NEO4J_GRAPH_NAMESPACE";

    private static final String MODE = "NEO4J_BACKUP_MODE";

    static Neo4jSettings from(Settings settings) {
        if (settings.choice(MODE, "bolt", List.of("bolt", "admin")).equals("admin")) {
            throw new BackupException(
                    Kind.INVALID,
                    MODE + " is \"admin\", and this version of ngbak does not have that mode yet",
                    "Set " + MODE + "=bolt: it needs no stop of the database and works in every edition");
        }
        return new Neo4jSettings(
                settings.text(URL, "neo4j://localhost:7687"),
                settings.text(USERNAME, "neo4j"),
                settings.secret(PASSWORD),
                settings.text(DATABASE, "neo4j"),
                new Scope(settings.text(NAMESPACE, "GraphRAG_chunk_entity_relation")));
    }

    /** The URL without a user or a token that somebody may have put into it. */
    String shownUrl() {
        return url.replaceAll("(?<=://)[^/@\\s]*@", "").replaceAll("[?#].*", "");
    }
}
