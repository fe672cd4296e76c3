package dev.ngbak.neo4jserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.BoltConnectorInternalSettings;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.QueryExecutionException;
import org.neo4j.kernel.internal.GraphDatabaseAPI;
import org.neo4j.kernel.internal.Version;

/**
 * Runs Neo4j. The arguments are the home directory, the port, and optionally the id of the owning process. The password comes
 * from the environment. Prints {@code ready}, the port and the version to standard output. Without an owner, stops when
 * standard input ends; with one, when it receives a signal or the owner has ended.
 */
final class ServerMain {

    private ServerMain() {}

    public static void main(String[] arguments) throws IOException {
        Path home = Path.of(arguments[0]);
        SocketAddress address = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        AtomicReference<DatabaseManagementService> running = new AtomicReference<>();
        if (arguments.length > 2) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running.get(), home), "neo4j-stop"));
        }
        DatabaseManagementService service = new DatabaseManagementServiceBuilder(home)
                .loadPropertiesFromFile(home.resolve("conf/neo4j.conf"))
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, address)
                .setConfig(BoltConnector.advertised_address, address)
                .setConfig(HttpConnector.enabled, false)
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .setConfig(GraphDatabaseSettings.auth_lock_time, Duration.ZERO)
                .setConfig(GraphDatabaseSettings.pagecache_memory, 64L << 20)
                .setConfig(GraphDatabaseSettings.keep_logical_logs, "keep_none")
                .setConfig(BoltConnectorInternalSettings.thread_pool_shutdown_wait_time, Duration.ofSeconds(1))
                .build();
        running.set(service);
        setPassword(service);
        int port = ((GraphDatabaseAPI) service.database("system"))
                .getDependencyResolver()
                .resolveDependency(ConnectorPortRegister.class)
                .getLocalAddress(ConnectorType.BOLT)
                .getPort();
        System.out.println("ready " + port + " " + Version.getNeo4jVersion());
        if (arguments.length > 2) {
            ProcessHandle.of(Long.parseLong(arguments[2]))
                    .ifPresent(owner -> owner.onExit().join());
            System.exit(0);
        }
        while (System.in.read() >= 0) {
            // The parent process closes this stream, or the system does when the parent dies.
        }
        service.shutdown();
    }

    private static void setPassword(DatabaseManagementService service) {
        try {
            service.database("system")
                    .executeTransactionally("ALTER USER neo4j SET PASSWORD '"
                            + System.getenv(Neo4jServer.PASSWORD_VARIABLE) + "' CHANGE NOT REQUIRED");
        } catch (QueryExecutionException e) {
            // The password is set already: this is not the first start.
        }
    }

    private static void stop(DatabaseManagementService service, Path home) {
        if (service != null) {
            service.shutdown();
        }
        try {
            Files.createFile(Neo4jInstallation.stoppedMarker(home));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
