package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;

/**
 * A connection whose user agent, in {@code dbms.listConnections()}, says that a restore works on one scope of one database.
 * It writes nothing, and the server forgets it with the connection.
 */
final class Neo4jTargetSign implements TargetSign {

    private final Connection connection;
    private final String target;
    private final String own;

    private Neo4jTargetSign(Connection connection, String target, String own) {
        this.connection = connection;
        this.target = target;
        this.own = own;
    }

    /** Puts up a sign, or returns {@code null} where the server is not reached or does not permit it. */
    static Neo4jTargetSign open(Neo4jSettings settings) {
        byte[] scope = (settings.database() + " " + settings.scope().namespace()).getBytes(StandardCharsets.UTF_8);
        String target = "ngbak-restore/"
                + HexFormat.of().formatHex(ContentDigest.sha256().digest(scope), 0, 16) + "/";
        String own = target + UUID.randomUUID();
        Connection connection = null;
        try {
            connection = Connection.open(settings, own);
            Neo4jTargetSign sign = new Neo4jTargetSign(connection, target, own);
            sign.others();
            return sign;
        } catch (BackupException | IOException e) {
            if (connection != null) {
                connection.close();
            }
            return null;
        }
    }

    private long others() throws IOException {
        return connection.rows("CALL dbms.listConnections() YIELD userAgent RETURN userAgent").stream()
                .map(row -> row.get("userAgent").asString(""))
                .filter(agent -> agent.startsWith(target) && !agent.equals(own))
                .count();
    }

    @Override
    public boolean isContested() {
        try {
            return others() > 0;
        } catch (BackupException | IOException e) {
            return false; // a server that is gone is reported by the restore itself
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
