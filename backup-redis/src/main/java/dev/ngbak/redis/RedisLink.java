package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLParameters;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection to a server, on which commands are sent ahead of their replies. What the driver throws is made a message
 * for people here and nowhere else.
 */
final class RedisLink implements Closeable {

    private static final int CONNECT_MILLIS = 10_000;

    /** How long a server may say nothing; a command on one key takes far less, whatever the size of the database. */
    private static final int IDLE_MILLIS = 60_000;

    private final RedisSettings settings;
    private final RedisConnection connection;
    private final Socket[] socket = new Socket[1];
    private Map<String, String> info;
    private volatile boolean aborted;
    private volatile boolean closed;
    private long awaited;

    private RedisLink(RedisSettings settings, int idleMillis) {
        this.settings = settings;
        // Java checks who signed a certificate, but for whom only when it is told to.
        var verified = new SSLParameters();
        verified.setEndpointIdentificationAlgorithm("HTTPS");
        var config = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis(CONNECT_MILLIS)
                .socketTimeoutMillis(idleMillis)
                .user(settings.user())
                .password(
                        settings.password() == null ? null : settings.password().reveal())
                .database(settings.database())
                .ssl(settings.tls())
                .sslParameters(verified)
                .build();
        var sockets = new DefaultJedisSocketFactory(new HostAndPort(settings.host(), settings.port()), config);
        this.connection = new RedisConnection(
                () -> {
                    // The driver would connect again by itself, and have forgotten half of what was asked.
                    if (socket[0] != null) {
                        throw new redis.clients.jedis.exceptions.JedisConnectionException("the connection was lost");
                    }
                    socket[0] = sockets.createSocket();
                    return socket[0];
                },
                config);
    }

    static RedisLink open(RedisSettings settings) {
        return open(settings, IDLE_MILLIS);
    }

    static RedisLink open(RedisSettings settings, int idleMillis) {
        RedisLink link;
        try {
            link = new RedisLink(settings, idleMillis);
        } catch (JedisException e) {
            throw RedisFailures.explain(e, settings);
        }
        try {
            link.info();
            RedisFailures.refuseCluster(link.info, settings);
            return link;
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    /** Sends a command and waits for its reply. Replies that a failure left behind are dropped before. */
    Object call(Command command, byte[]... arguments) {
        while (awaited > 0) {
            receiveAny();
        }
        send(command, arguments);
        return receive();
    }

    /** Receives what a key holds; {@code null} when it is gone, or has become another type meanwhile. */
    Object receiveValue() {
        Object reply = receiveAny();
        if (reply instanceof JedisDataException e) {
            return noValue(e);
        }
        return reply;
    }

    /**
     * Receives what a key holds, in pieces, so that it need not fit into memory.
     *
     * @return how many elements it has; 0 when it is gone, or has become another type meanwhile
     */
    long receiveValue(RedisConnection.Elements elements) {
        check();
        awaited--;
        try {
            return connection.getOne(elements);
        } catch (JedisDataException e) {
            noValue(e);
            return 0;
        } catch (JedisException e) {
            throw explain(e);
        }
    }

    private Object noValue(JedisDataException e) {
        if (isWrongType(e) || String.valueOf(e.getMessage()).contains("no such key")) {
            return null;
        }
        throw explain(e);
    }

    static boolean isWrongType(Object reply) {
        return reply instanceof JedisDataException e
                && String.valueOf(e.getMessage()).startsWith("WRONGTYPE");
    }

    /** Sends a command whose reply is to be fetched later, in its turn. */
    void send(Command command, byte[]... arguments) {
        check();
        try {
            connection.sendCommand(new CommandArguments(command).addObjects((Object[]) arguments));
            awaited++;
        } catch (JedisException e) {
            throw explain(e);
        }
    }

    Object receive() {
        Object reply = receiveAny();
        if (reply instanceof JedisDataException e) {
            throw explain(e);
        }
        return reply;
    }

    /**
     * The next reply, or the exception for one that is an error. A bulk string that has no room in memory is {@link
     * RedisConnection.Oversized}.
     */
    Object receiveAny() {
        check();
        awaited--;
        try {
            return connection.getOne();
        } catch (JedisDataException e) {
            return e;
        } catch (JedisException e) {
            throw explain(e);
        }
    }

    /** What the server says of itself now. */
    Map<String, String> info() {
        Map<String, String> members = new HashMap<>();
        for (String line : text(call(Command.INFO)).split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                members.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        info = members;
        return members;
    }

    /** Whether the server is at least of a version of Redis, as of when it was asked last. */
    boolean isAtLeast(int major, int minor) {
        String[] parts = info.getOrDefault("redis_version", "0").split("\\.");
        try {
            int theirMajor = Integer.parseInt(parts[0]);
            return theirMajor > major || theirMajor == major && parts.length > 1 && Integer.parseInt(parts[1]) >= minor;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** The server's clock, in milliseconds. */
    long now() {
        List<?> time = (List<?>) call(Command.TIME);
        return Long.parseLong(text(time.get(0))) * 1000 + Long.parseLong(text(time.get(1))) / 1000;
    }

    BackupException explain(JedisException e) {
        check();
        return RedisFailures.explain(e, settings);
    }

    void check() {
        if (aborted) {
            throw new CancellationException("the work on Redis was told to stop");
        }
    }

    /** Makes a call that waits in another thread return with an exception. */
    void abort() {
        if (!closed) {
            aborted = true;
            cut();
        }
    }

    @Override
    public void close() {
        closed = true;
        cut();
    }

    private void cut() {
        try {
            if (socket[0] != null) {
                socket[0].close();
            }
        } catch (IOException e) {
            // A connection that cannot be closed is as good as closed.
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }

    static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    static String text(Object reply) {
        return new String((byte[]) reply, StandardCharsets.UTF_8);
    }
}
