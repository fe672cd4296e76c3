package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The sentinels that {@code REDIS_URL} names. They know which server is the master. */
final class Sentinels {

    /** A sentinel only looks up an address. */
    private static final int TIMEOUT_MILLIS = 5_000;

    private static final String URL = RedisSettings.URL.name();

    private final RedisSettings settings;
    private final String masterName;
    private final Duration limit;

    /** @param limit how long to wait for a new master */
    Sentinels(RedisSettings settings, Duration limit) {
        this.settings = settings;
        this.masterName = settings.url().sentinelMaster().orElseThrow();
        this.limit = limit;
    }

    /**
     * Connects to the master. During a failover, sentinels still name a server that is gone or has become a replica, so this
     * tries again.
     */
    RedisNode connectToMaster(int idleTimeoutMillis) {
        Patience patience = new Patience(limit);
        while (true) {
            HostAndPort address = masterAddress();
            try {
                return connect(address, idleTimeoutMillis);
            } catch (BackupException e) {
                if (e.kind() != Kind.UNREACHABLE) {
                    throw e;
                }
                if (!patience.waitsAgain()) {
                    throw new BackupException(
                            e.kind(),
                            e.problem(),
                            "Start the master, or wait until the sentinels have made another server the master. If it"
                                    + " runs, make the address that the sentinels announce reachable from here",
                            e);
                }
            }
        }
    }

    private RedisNode connect(HostAndPort address, int idleTimeoutMillis) {
        RedisNode node = new RedisNode(settings, address, name(address), idleTimeoutMillis);
        try {
            if (node.info().isReplica()) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        name(address) + " is a replica",
                        "Wait until the sentinels have made another server the master");
            }
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** Throws unless the sentinels still name the server of a connection as the master. */
    void requireMaster(RedisNode node) {
        HostAndPort address = masterAddress();
        if (!address.equals(node.address())) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "The sentinels have replaced the master " + SafeText.quoted(masterName) + ": it was "
                            + RedisUrl.text(node.address()) + " and is " + RedisUrl.text(address)
                            + ", which may lack what was written last",
                    "Run the command again");
        }
    }

    private String name(HostAndPort address) {
        return "Redis at " + RedisUrl.text(address) + " (master " + SafeText.quoted(masterName) + " of the sentinels)";
    }

    /** Asks one sentinel after the other. */
    private HostAndPort masterAddress() {
        BackupException failure = null;
        for (HostAndPort sentinel : settings.url().hosts()) {
            try {
                return ask(sentinel);
            } catch (JedisDataException e) {
                failure = refused(sentinel, e);
            } catch (JedisException e) {
                failure = failure != null ? failure : unreachable(e);
            } catch (BackupException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private HostAndPort ask(HostAndPort sentinel) {
        JedisClientConfig config = RedisNode.config(settings, TIMEOUT_MILLIS)
                .connectionTimeoutMillis(TIMEOUT_MILLIS)
                .password(settings.sentinelPassword()
                        .map(password -> password.reveal())
                        .orElse(null))
                .build();
        try (Connection connection = new Connection(sentinel, config)) {
            connection.sendCommand(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", masterName);
            List<byte[]> address = connection.getBinaryMultiBulkReply();
            if (address == null) {
                throw unknownMaster(sentinel, connection);
            }
            return new HostAndPort(
                    RedisConnection.text(address.get(0)), Integer.parseInt(RedisConnection.text(address.get(1))));
        }
    }

    private BackupException unknownMaster(HostAndPort sentinel, Connection connection) {
        connection.sendCommand(Command.SENTINEL, "MASTERS");
        List<String> names = new ArrayList<>();
        for (Object master : connection.getObjectMultiBulkReply()) {
            List<?> fields = (List<?>) master;
            names.add(RedisConnection.text(fields.get(1)));
        }
        return new BackupException(
                Kind.INVALID,
                "The sentinel at " + RedisUrl.text(sentinel) + " knows no master " + SafeText.quoted(masterName)
                        + ". It knows "
                        + (names.isEmpty()
                                ? "none"
                                : names.stream().map(SafeText::quoted).collect(Collectors.joining(", "))),
                "Correct the name behind # in " + URL);
    }

    private BackupException refused(HostAndPort sentinel, JedisDataException e) {
        String reply = RedisConnection.message(e);
        String password = RedisSettings.SENTINEL_PASSWORD.name();
        if (reply.startsWith("NOAUTH") || reply.startsWith("WRONGPASS") || reply.contains("password")) {
            return new BackupException(
                    Kind.INVALID,
                    "Cannot log in to the sentinel at " + RedisUrl.text(sentinel)
                            + ": the password is wrong or missing",
                    "Set " + password + " or " + password + "_FILE to the password of the sentinels, or remove both if"
                            + " they require none",
                    e);
        }
        String safe = settings.sentinelPassword()
                .map(secret -> secret.hiddenIn(reply))
                .orElse(reply);
        return new BackupException(
                Kind.INVALID,
                "The sentinel at " + RedisUrl.text(sentinel) + " refused a command: " + SafeText.forMessage(safe),
                "Name sentinels in " + URL + ". For Redis itself, write redis:// instead of redis-sentinel://",
                e);
    }

    private BackupException unreachable(JedisException e) {
        return new BackupException(
                Kind.UNREACHABLE,
                "None of the sentinels at "
                        + settings.url().hosts().stream().map(RedisUrl::text).collect(Collectors.joining(", "))
                        + " answers",
                "Start a sentinel, or correct " + URL + ", in which rediss-sentinel:// means TLS",
                e);
    }
}
