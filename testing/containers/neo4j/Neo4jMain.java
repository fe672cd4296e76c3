import java.nio.file.Path;
import java.time.Duration;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.BoltConnectorInternalSettings;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.QueryExecutionException;

/**
 * Runs Neo4j Community as its image does: data in {@code /data}, Bolt on port 7687, HTTP on port 7474, and the password of
 * {@code NEO4J_AUTH}. Stops on SIGTERM.
 */
final class Neo4jMain {

    private Neo4jMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        String[] auth = System.getenv("NEO4J_AUTH").split("/", 2);
        DatabaseManagementService service = new DatabaseManagementServiceBuilder(Path.of("/data"))
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, new SocketAddress("0.0.0.0", 7687))
                .setConfig(BoltConnectorInternalSettings.thread_pool_shutdown_wait_time, Duration.ofSeconds(1))
                .setConfig(HttpConnector.enabled, true)
                .setConfig(HttpConnector.listen_address, new SocketAddress("0.0.0.0", 7474))
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .setConfig(GraphDatabaseSettings.pagecache_memory, 64L << 20)
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown, "neo4j-stop"));
        try {
            service.database("system")
                    .executeTransactionally("ALTER USER " + auth[0] + " SET PASSWORD '" + auth[1] + "' CHANGE NOT REQUIRED");
        } catch (QueryExecutionException e) {
            System.err.println("The password is unchanged: " + e.getMessage());
        }
        System.out.println("Started.");
        Thread.currentThread().join();
    }
}
