package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLParameters;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection to a server. Commands can be sent ahead of their replies. Every exception of the driver becomes a {@link
 * BackupException} here. One thread uses a connection; only {@link #abort} may come from another.
 */
final class RedisConnection implements Closeable {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** Far more than a command on a single key takes, whatever the size of the database. */
    private static final int IDLE_TIMEOUT_MILLIS = 60_000;

    private final RedisSettings settings;
    private final StreamingConnection connection;
    private volatile Socket socket;
    private ServerInfo server;
    private boolean reportsExpiryTime;
    private volatile boolean aborted;
    private volatile boolean closed;
    private long pendingReplies;

    private RedisConnection(RedisSettings settings, int idleTimeoutMillis) {
        this.settings = settings;
        // Java verifies the signer of a certificate, but its host only on request.
        SSLParameters tls = new SSLParameters();
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        var config = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis(CONNECT_TIMEOUT_MILLIS)
                .socketTimeoutMillis(idleTimeoutMillis)
                .user(settings.user().orElse(null))
                .password(settings.password().map(password -> password.reveal()).orElse(null))
                .database(settings.database())
                .ssl(settings.tls())
                .sslParameters(tls)
                .build();
        var sockets = new DefaultJedisSocketFactory(new HostAndPort(settings.host(), settings.port()), config);
        this.connection = new StreamingConnection(() -> connectOnce(sockets), config);
    }

    /**
     * Connects only once. Otherwise the driver would reconnect on its own, and lose the replies that are still
     * expected.
     */
    private Socket connectOnce(JedisSocketFactory sockets) {
        if (socket != null) {
            throw new JedisConnectionException("the connection was lost");
        }
        socket = sockets.createSocket();
        return socket;
    }

    /** Connects, logs in, and refuses a node of a cluster. */
    static RedisConnection open(RedisSettings settings) {
        return open(settings, IDLE_TIMEOUT_MILLIS);
    }

    static RedisConnection open(RedisSettings settings, int idleTimeoutMillis) {
        RedisConnection connection;
        try {
            connection = new RedisConnection(settings, idleTimeoutMillis);
        } catch (JedisException e) {
            throw RedisErrors.translate(e, settings);
        }
        try {
            connection.server = connection.info();
            connection.reportsExpiryTime = connection.server.isCompatibleWithRedis(7, 0);
            if (connection.server.isClusterNode()) {
                throw RedisErrors.clusterNode(settings.server(), null);
            }
            return connection;
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    RedisSettings settings() {
        return settings;
    }

    /** Returns what the server reported when this connection was opened. */
    ServerInfo server() {
        return server;
    }

    /** Asks the server for its state now. */
    ServerInfo info() {
        return ServerInfo.parse(text(call(Command.INFO)));
    }

    /** Returns whether the server reports when a key expires, and not only how long it has left. */
    boolean reportsExpiryTime() {
        return reportsExpiryTime;
    }

    /** Returns the server's clock, in milliseconds of Unix time. */
    long serverTime() {
        List<?> time = (List<?>) call(Command.TIME);
        return Long.parseLong(text(time.get(0))) * 1000 + Long.parseLong(text(time.get(1))) / 1000;
    }

    /** Sends a command and waits for its reply. Discards replies that a failed caller did not fetch. */
    Object call(Command command, byte[]... arguments) {
        while (pendingReplies > 0) {
            receiveOrError();
        }
        send(command, arguments);
        return receive();
    }

    /** Sends a command. Replies are received later, in the order of the commands. */
    void send(ProtocolCommand command, byte[]... arguments) {
        check();
        try {
            connection.sendCommand(new CommandArguments(command).addObjects((Object[]) arguments));
            pendingReplies++;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    /** Returns the next reply. Throws if it is an error. */
    Object receive() {
        Object reply = receiveOrError();
        if (reply instanceof JedisDataException e) {
            throw translate(e);
        }
        return reply;
    }

    /**
     * Returns the next reply, or its {@link JedisDataException} if it is an error. A bulk string that does not fit into
     * memory is {@link StreamingConnection.Oversized}.
     */
    Object receiveOrError() {
        check();
        pendingReplies--;
        try {
            return connection.getOne();
        } catch (JedisDataException e) {
            return e;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    /** Returns the next reply, which is the value of a key. Empty if the key is gone or has another type by now. */
    Optional<Object> receiveValue() {
        Object reply = receiveOrError();
        if (reply instanceof JedisDataException e) {
            requireNoValue(e);
            return Optional.empty();
        }
        return Optional.ofNullable(reply);
    }

    /**
     * Receives the value of a key in pieces, so that it need not fit into memory.
     *
     * @return the number of elements; 0 if the key is gone or has another type by now
     */
    long receiveElements(StreamingConnection.Elements elements) {
        check();
        pendingReplies--;
        try {
            return connection.getOne(elements);
        } catch (JedisDataException e) {
            requireNoValue(e);
            return 0;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    private void requireNoValue(JedisDataException e) {
        if (!isWrongType(e) && !message(e).contains("no such key")) {
            throw translate(e);
        }
    }

    static boolean isWrongType(Object reply) {
        return reply instanceof JedisDataException e && message(e).startsWith("WRONGTYPE");
    }

    /** Returns the server's text, which is empty if the driver has none. */
    static String message(JedisException e) {
        return e.getMessage() == null ? "" : e.getMessage();
    }

    /** Returns the exception for users. Throws a {@link CancellationException} instead if this connection was aborted. */
    BackupException translate(JedisException e) {
        check();
        return RedisErrors.translate(e, settings);
    }

    /** Throws a {@link CancellationException} if this connection was aborted. */
    void check() {
        if (aborted) {
            throw new CancellationException("the connection to Redis was aborted");
        }
    }

    /** Makes a call that is blocked in another thread return with an exception. Does nothing after {@link #close}. */
    void abort() {
        if (!closed) {
            aborted = true;
            closeSocket();
        }
    }

    @Override
    public void close() {
        closed = true;
        closeSocket();
    }

    private void closeSocket() {
        Socket open = socket;
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException e) {
            // The connection is unusable either way, which is the purpose of an abort.
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }

    static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    static String text(Object reply) {
        return new String((byte[]) reply, StandardCharsets.UTF_8);
    }
}
