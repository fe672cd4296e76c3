package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A connection to one server, which may be a node of a cluster. Every exception of the driver becomes a {@link
 * BackupException} here. One thread uses a connection; only {@link #abort} may come from another.
 */
final class RedisNode implements Closeable {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    private final RedisSettings settings;
    private final HostAndPort address;
    private final String name;
    private final StreamingConnection connection;
    private boolean unsent;
    private volatile Socket socket;
    private volatile boolean aborted;
    private volatile boolean closed;

    /**
     * Connects and logs in.
     *
     * @param name the server as messages name it
     */
    RedisNode(RedisSettings settings, HostAndPort address, String name, int idleTimeoutMillis) {
        this.settings = settings;
        this.address = address;
        this.name = name;
        JedisClientConfig config = config(settings, idleTimeoutMillis)
                .user(settings.url().user().orElse(null))
                .password(settings.password().map(password -> password.reveal()).orElse(null))
                .database(settings.database())
                .build();
        var sockets = new DefaultJedisSocketFactory(address, config);
        try {
            this.connection = new StreamingConnection(() -> connectOnce(sockets), config);
        } catch (JedisException e) {
            closeSocket();
            throw RedisErrors.translate(e, settings, name);
        }
    }

    /** Returns what all connections have in common, without a login. */
    static DefaultJedisClientConfig.Builder config(RedisSettings settings, int idleTimeoutMillis) {
        // Java verifies the signer of a certificate, but its host only on request.
        SSLParameters tls = new SSLParameters();
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        return DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis(CONNECT_TIMEOUT_MILLIS)
                .socketTimeoutMillis(idleTimeoutMillis)
                .ssl(settings.url().tls())
                .sslParameters(tls);
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

    HostAndPort address() {
        return address;
    }

    /** Returns the server as messages name it. */
    String name() {
        return name;
    }

    /** Sends a command, perhaps later: {@link #receive} and {@link #flush} send what is left. */
    void send(ProtocolCommand command, byte[]... arguments) {
        check();
        try {
            connection.sendCommand(new CommandArguments(command).addObjects((Object[]) arguments));
            unsent = true;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    /** Sends the commands that are still in a buffer. */
    void flush() {
        if (!unsent) {
            return;
        }
        try {
            connection.flush();
            unsent = false;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    /**
     * Returns the next reply, or its {@link JedisDataException} if it is an error.
     *
     * @param elements receives the bulk strings of the reply as they arrive, and this method returns their number; {@code
     *     null} to return the reply as a whole
     */
    Object receive(StreamingConnection.@Nullable Elements elements) {
        check();
        try {
            return elements == null ? connection.getOne() : (Object) connection.getOne(elements);
        } catch (JedisDataException e) {
            return e;
        } catch (JedisException e) {
            throw translate(e);
        }
    }

    /** Sends a command and waits for its reply. No other reply may be outstanding. */
    Object call(Command command, byte[]... arguments) {
        send(command, arguments);
        Object reply = receive(null);
        if (reply instanceof JedisDataException e) {
            throw translate(e);
        }
        return reply;
    }

    ServerInfo info() {
        return ServerInfo.parse(RedisConnection.text(call(Command.INFO)));
    }

    /** Returns what a node of a cluster knows about all nodes. */
    String clusterNodes() {
        return RedisConnection.text(call(Command.CLUSTER, RedisConnection.bytes("NODES")));
    }

    /** Returns the server's clock, in milliseconds of Unix time. */
    long time() {
        List<?> time = (List<?>) call(Command.TIME);
        return Long.parseLong(RedisConnection.text(time.get(0))) * 1000
                + Long.parseLong(RedisConnection.text(time.get(1))) / 1000;
    }

    /** Returns the exception for users. Throws a {@link CancellationException} instead if this connection was aborted. */
    BackupException translate(JedisException e) {
        check();
        return RedisErrors.translate(e, settings, name);
    }

    private void check() {
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
}
