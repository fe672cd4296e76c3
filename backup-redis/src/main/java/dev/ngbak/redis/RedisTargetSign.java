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
            for (RedisNode master : connection.masters().all()) {
                master.call(Command.CLIENT, RedisConnection.bytes("SETNAME"), RedisConnection.bytes(sign.name));
            }
            sign.isSeenTwice();
            return Optional.of(sign);
        } catch (BackupException | CancellationException e) {
            if (connection != null) {
                connection.close();
            }
            return Optional.empty();
        }
    }

    /** Returns whether any master knows more than one connection of this name. Two restores have all masters in common. */
    private boolean isSeenTwice() {
        return connection.masters().all().stream().anyMatch(this::isSeenTwice);
    }

    private boolean isSeenTwice(RedisNode master) {
        return RedisConnection.text(master.call(Command.CLIENT, RedisConnection.bytes("LIST")))
                        .lines()
                        .filter(client -> client.contains(" name=" + name + " "))
                        .count()
                > 1;
    }

    @Override
    public boolean isContested() {
        try {
            return isSeenTwice();
        } catch (BackupException e) {
            return false; // The restore itself reports that the server is gone.
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
