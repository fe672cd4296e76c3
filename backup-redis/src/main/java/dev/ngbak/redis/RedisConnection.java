package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A connection to a server or to all masters of a cluster. Each command goes to the master that owns its key. Commands can be
 * sent ahead of their replies, which are received in the order of the commands. One thread uses a connection; only {@link
 * #abort} may come from another.
 */
final class RedisConnection implements Closeable {

    /** Far more than a command on a single key takes, whatever the size of the database. */
    private static final int IDLE_TIMEOUT_MILLIS = 60_000;

    private final RedisSettings settings;
    private final Duration limit;
    private final Masters masters;
    private final ServerInfo server;
    private final Pipeline pipeline;

    private RedisConnection(RedisSettings settings, Masters masters, Duration limit) {
        this.settings = settings;
        this.masters = masters;
        this.limit = limit;
        this.pipeline = new Pipeline(masters, limit);
        this.server = ServerInfo.oldest(infos().values());
    }

    /** Connects to the server, or to all masters of a cluster, and logs in. */
    static RedisConnection open(RedisSettings settings) {
        return open(settings, IDLE_TIMEOUT_MILLIS, Patience.DEFAULT);
    }

    /** @param limit how long to wait for another master, or for keys that are being moved */
    static RedisConnection open(RedisSettings settings, int idleTimeoutMillis, Duration limit) {
        Masters masters = Masters.open(settings, idleTimeoutMillis, limit);
        try {
            return new RedisConnection(settings, masters, limit);
        } catch (RuntimeException e) {
            masters.close();
            throw e;
        }
    }

    RedisSettings settings() {
        return settings;
    }

    /** Returns what the server reported when this connection was opened; of a cluster, the master with the oldest version. */
    ServerInfo server() {
        return server;
    }

    Masters masters() {
        return masters;
    }

    /** Asks who owns which slots of a cluster now. */
    ClusterTopology topology() {
        discardReplies();
        return masters.topology();
    }

    /**
     * Waits until no slot of a cluster is being moved.
     *
     * @throws BackupException {@code UNREACHABLE} if that takes too long
     */
    ClusterTopology stableTopology() {
        discardReplies();
        Patience patience = new Patience(limit);
        while (true) {
            ClusterTopology topology = masters.topology();
            if (topology.isStable()) {
                return topology;
            }
            if (!patience.waitsAgain()) {
                throw RedisErrors.unstable(settings, topology.problem().orElseThrow());
            }
        }
    }

    /** Asks all masters for their state now. */
    Map<RedisNode, ServerInfo> infos() {
        discardReplies();
        Map<RedisNode, ServerInfo> infos = new LinkedHashMap<>();
        masters.all().forEach(master -> infos.put(master, master.info()));
        return infos;
    }

    /** Returns whether the server reports when a key expires, and not only how long it has left. */
    boolean reportsExpiryTime() {
        return server.isCompatibleWithRedis(7, 0);
    }

    /** Returns the server's clock, in milliseconds of Unix time; of a cluster, the clock that is furthest ahead. */
    long serverTime() {
        discardReplies();
        return masters.all().stream().mapToLong(RedisNode::time).max().orElseThrow();
    }

    /** Throws if sentinels have made another server the master, which may not have received what was written here. */
    void requireSameMaster() {
        if (settings.url().sentinelMaster().isPresent()) {
            new Sentinels(settings, limit).requireMaster(masters.all().get(0));
        }
    }

    /** Returns the number of keys, in scope or not. */
    long size() {
        discardReplies();
        return masters.all().stream()
                .mapToLong(master -> (Long) master.call(Command.DBSIZE))
                .sum();
    }

    /** Sends a command and waits for its reply. Discards replies that a failed caller did not fetch. */
    Object call(Command command, byte[]... arguments) {
        discardReplies();
        send(command, arguments);
        return receive();
    }

    private void discardReplies() {
        while (!pipeline.isEmpty()) {
            receiveOrError();
        }
    }

    /** Sends a command. Replies are received later, in the order of the commands. */
    void send(ProtocolCommand command, byte[]... arguments) {
        check();
        pipeline.send(command, arguments);
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
        return pipeline.receive(null);
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
        Object reply = pipeline.receive(elements);
        if (reply instanceof JedisDataException e) {
            requireNoValue(e);
            return 0;
        }
        return (Long) reply;
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

    /**
     * Returns the exception for users, for an error that was just received. Throws a {@link CancellationException} instead if
     * this connection was aborted.
     */
    BackupException translate(JedisDataException e) {
        return pipeline.replied().translate(e);
    }

    /** Throws a {@link CancellationException} if this connection was aborted. */
    void check() {
        masters.check();
    }

    /** Makes a call that is blocked in another thread return with an exception. Does nothing after {@link #close}. */
    void abort() {
        masters.abort();
    }

    @Override
    public void close() {
        masters.close();
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
