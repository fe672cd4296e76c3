package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * A connection whose user agent, visible in {@code dbms.listConnections()}, shows that a restore is writing to one scope of
 * one database. It writes nothing, and disappears with the connection.
 */
final class Neo4jTargetSign implements TargetSign {

    private final Neo4jConnection connection;
    private final String target;
    private final String userAgent;

    private Neo4jTargetSign(Neo4jConnection connection, String target, String userAgent) {
        this.connection = connection;
        this.target = target;
        this.userAgent = userAgent;
    }

    /** Puts up a sign. Returns empty if the server cannot be reached, or does not let the user list connections. */
    static Optional<TargetSign> announce(Neo4jSettings settings) {
        byte[] scope = (settings.database() + " " + settings.scope().namespace()).getBytes(StandardCharsets.UTF_8);
        String target = "ngbak-restore/"
                + HexFormat.of().formatHex(ContentDigest.sha256().digest(scope), 0, 16) + "/";
        String userAgent = target + UUID.randomUUID();
        Neo4jConnection connection;
        try {
            connection = Neo4jConnection.open(settings, userAgent);
        } catch (BackupException e) {
            return Optional.empty();
        }
        try {
            Neo4jTargetSign sign = new Neo4jTargetSign(connection, target, userAgent);
            sign.countOthers();
            return Optional.of(sign);
        } catch (BackupException e) {
            connection.close();
            return Optional.empty();
        }
    }

    private long countOthers() {
        return connection.rows("CALL dbms.listConnections() YIELD userAgent RETURN userAgent").stream()
                .map(row -> row.get("userAgent").asString(""))
                .filter(other -> other.startsWith(target) && !other.equals(userAgent))
                .count();
    }

    @Override
    public boolean isContested() {
        try {
            return countOthers() > 0;
        } catch (BackupException e) {
            return false; // If the server is gone, the restore itself reports it.
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
