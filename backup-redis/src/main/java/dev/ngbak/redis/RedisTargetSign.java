package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import redis.clients.jedis.Protocol.Command;

/**
 * A connection whose name identifies the scope that a restore replaces. Other restores find it in {@code CLIENT LIST}. It
 * writes no key, and the server forgets the name when the connection ends.
 */
final class RedisTargetSign implements TargetSign {

    private final RedisConnection connection;
    private final String name;

    private RedisTargetSign(RedisConnection connection) {
        RedisSettings settings = connection.settings();
        byte[] scope = RedisConnection.bytes(settings.database() + " " + settings.prefix());
        this.connection = connection;
        this.name = "ngbak-restore-"
                + HexFormat.of().formatHex(ContentDigest.sha256().digest(scope), 0, 16);
    }

    /** Puts up a sign. Returns empty if the server cannot be reached, or does not permit the commands. */
    static Optional<TargetSign> announce(RedisSettings settings) {
        RedisConnection connection = null;
        try {
            connection = RedisConnection.open(settings);
            RedisTargetSign sign = new RedisTargetSign(connection);
            connection.call(Command.CLIENT, RedisConnection.bytes("SETNAME"), RedisConnection.bytes(sign.name));
            sign.countSigns();
            return Optional.of(sign);
        } catch (BackupException | CancellationException e) {
            if (connection != null) {
                connection.close();
            }
            return Optional.empty();
        }
    }

    private long countSigns() {
        return RedisConnection.text(connection.call(Command.CLIENT, RedisConnection.bytes("LIST")))
                .lines()
                .filter(client -> client.contains(" name=" + name + " "))
                .count();
    }

    @Override
    public boolean isContested() {
        try {
            return countSigns() > 1;
        } catch (BackupException e) {
            return false; // The restore itself reports that the server is gone.
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
