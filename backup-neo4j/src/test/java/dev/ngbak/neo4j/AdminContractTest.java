package dev.ngbak.neo4j;

import dev.ngbak.neo4jserver.Neo4jInstallation;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract for the mode {@code admin}, on a server that is stopped and started a hundred times. The scope is always the
 * whole database, so there is nothing beside it that could be left alone. The files are Neo4j's own, which only it can
 * decode; what is in them is proved over Bolt. A restore that fails leaves all as it was.
 */
@Tag("full")
class AdminContractTest extends Neo4jContractTest {

    @TempDir
    private static Path backups;

    private static Neo4jInstallation neo4j;
    private static Graph graph;

    @BeforeAll
    static void start() throws InterruptedException {
        neo4j = Neo4jInstallation.create();
        neo4j.start();
        graph = new Graph(neo4j.url(), neo4j.username(), neo4j.password()).awaited();
    }

    @AfterAll
    static void stop() {
        graph.close();
        neo4j.close();
    }

    @Override
    Graph graph() {
        return graph;
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
        // All is in scope.
    }
}
