package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.util.HexFormat;
import java.util.concurrent.CancellationException;
import redis.clients.jedis.Protocol.Command;

/**
 * A connection whose name, in {@code CLIENT LIST}, says that a restore works on one scope of one database. It writes no
 * key, and the server forgets it with the connection.
 */
final class RedisTargetSign implements TargetSign {

    private final RedisLink link;
    private final String name;

    private RedisTargetSign(RedisLink link, String name) {
        this.link = link;
        this.name = name;
    }

    /** Puts up a sign, or returns {@code null} where the server is not reached or does not permit it. */
    static RedisTargetSign open(RedisSettings settings) {
        RedisLink link = null;
        try {
            link = RedisLink.open(settings);
            byte[] scope = RedisLink.bytes(settings.database() + " " + settings.prefix());
            String name = "ngbak-restore-"
                    + HexFormat.of().formatHex(ContentDigest.sha256().digest(scope), 0, 16);
            link.call(Command.CLIENT, RedisLink.bytes("SETNAME"), RedisLink.bytes(name));
            RedisTargetSign sign = new RedisTargetSign(link, name);
            sign.signs();
            return sign;
        } catch (BackupException | CancellationException e) {
            if (link != null) {
                link.close();
            }
            return null;
        }
    }

    private long signs() {
        return RedisLink.text(link.call(Command.CLIENT, RedisLink.bytes("LIST")))
                .lines()
                .filter(client -> client.contains(" name=" + name + " "))
                .count();
    }

    @Override
    public boolean isContested() {
        try {
            return signs() > 1;
        } catch (BackupException e) {
            return false; // a server that is gone is reported by the restore itself
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
