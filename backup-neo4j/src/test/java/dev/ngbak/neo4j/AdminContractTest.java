package dev.ngbak.neo4j;

import dev.ngbak.neo4jserver.Neo4jInstallation;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract for the mode {@code admin}, with a server that is stopped and started about a hundred times. The scope is
 * always the whole database, so there is no foreign data. Only Neo4j can decode the files; their content is checked over
 * Bolt. A restore that fails changes nothing.
 */
@Tag("full")
class AdminContractTest extends Neo4jContractTest {

    @TempDir
    private static Path backups;

    private static Neo4jInstallation neo4j;
    private static DatabaseClient client;

    @BeforeAll
    static void start() throws InterruptedException {
        neo4j = Neo4jInstallation.create();
        neo4j.start();
        client = new DatabaseClient(neo4j.url(), neo4j.username(), neo4j.password()).awaitReady();
    }

    @AfterAll
    static void stop() {
        client.close();
        neo4j.close();
    }

    @Override
    DatabaseClient client() {
        return client;
    }

    @Override
    public Settings settings() {
        return AdminTest.settings(neo4j, backups);
    }

    @Override
    public Settings deadSettings() {
        return settings().with("NEO4J_URL", "bolt://127.0.0.1:1");
    }

    @Override
    public boolean decodesFiles() {
        return false;
    }

    @Override
    public boolean replacesAtOnce() {
        return true;
    }

    @Override
    public void fillForeign() {
        // Everything is in scope.
    }
}
