package dev.ngbak.neo4j;

import java.util.concurrent.TimeUnit;
import org.neo4j.driver.AuthToken;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Config;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Logging;
import org.neo4j.driver.NotificationConfig;

/** Creates drivers. A driver connects only when it is used. */
final class Drivers {

    /** The number of records that the driver buffers during a read. More is not faster, and records may be large. */
    private static final int FETCH_SIZE = 1_000;

    private static final int CONNECT_SECONDS = 15;

    private Drivers() {}

    /** @param userAgent the name under which the server lists the connection */
    static Driver create(Neo4jSettings settings, String userAgent) {
        AuthToken token = settings.password()
                .map(password -> AuthTokens.basic(settings.username(), password.reveal()))
                .orElse(AuthTokens.none());
        Config config = Config.builder()
                .withUserAgent(userAgent)
                .withConnectionTimeout(CONNECT_SECONDS, TimeUnit.SECONDS)
                .withConnectionAcquisitionTimeout(2 * CONNECT_SECONDS, TimeUnit.SECONDS)
                .withMaxConnectionPoolSize(4)
                .withFetchSize(FETCH_SIZE)
                .withTelemetryDisabled(true)
                .withNotificationConfig(NotificationConfig.disableAllConfig())
                .withLogging(Logging.none())
                .build();
        try {
            return GraphDatabase.driver(settings.url(), token, config);
        } catch (RuntimeException e) {
            throw Neo4jErrors.invalidUrl(settings, e);
        }
    }
}
