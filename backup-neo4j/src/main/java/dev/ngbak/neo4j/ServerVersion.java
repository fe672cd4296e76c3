package dev.ngbak.neo4j;

import dev.ngbak.spi.support.ProductVersion;
import java.util.Optional;

/**
 * The version and edition of a Neo4j server.
 *
 * @param text the version as the server reports it, or {@code unknown}
 * @param edition {@code community}, or the name of another edition
 */
record ServerVersion(String text, String edition) {

    static final ServerVersion UNKNOWN = new ServerVersion("unknown", "unknown");

    /** Starts a statement in the version of Cypher that all releases since 5 understand, whatever their default is. */
    private static final String CYPHER_5 = "CYPHER 5 ";

    private static final String CYPHER_25 = "CYPHER 25 ";
    private static final String OPTIONS = "CYPHER ";

    private static final ProductVersion OLDEST_WITH_CYPHER_VERSIONS = new ProductVersion(5, 26);

    boolean isCommunity() {
        return edition.equals("community");
    }

    /** Returns whether the server is this release or a later one. False if it does not report a version. */
    boolean isAtLeast(ProductVersion release) {
        return release().filter(version -> version.compareTo(release) >= 0).isPresent();
    }

    /** Returns the release, or empty if the server does not report a version. */
    Optional<ProductVersion> release() {
        return ProductVersion.parse(text);
    }

    /** Returns a statement in {@code CYPHER 25}, which came with Neo4j 2025.06. */
    static String inCypher25(String statement) {
        return CYPHER_25 + statement;
    }

    /**
     * Returns a statement that names its version of Cypher, {@code CYPHER 5} unless it names another one. Otherwise the server
     * would use the default of the database, and configurations of Neo4j 2026 set that to Cypher 25. Releases before 5.26 have
     * one version, so their statements name none.
     */
    String withCypherVersion(String statement) {
        boolean hasOneVersion = release()
                .filter(version -> version.compareTo(OLDEST_WITH_CYPHER_VERSIONS) < 0)
                .isPresent();
        if (hasOneVersion || statement.startsWith(CYPHER_25)) {
            return statement;
        }
        return CYPHER_5 + (statement.startsWith(OPTIONS) ? statement.substring(OPTIONS.length()) : statement);
    }
}
