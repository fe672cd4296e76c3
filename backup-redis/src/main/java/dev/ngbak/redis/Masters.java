package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.Closeable;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * The servers that own the keys, each with a connection: a single one, or the masters of a cluster. Knows which master owns
 * which slot.
 */
final class Masters implements Closeable {

    private final RedisSettings settings;
    private final int idleTimeoutMillis;
    private final Duration limit;
    private final RedisNode seed;
    private final boolean cluster;
    private final String seedId;
    private final SlotOwners owners = new SlotOwners();
    private final Map<HostAndPort, RedisNode> nodes = new ConcurrentHashMap<>();
    private final Map<HostAndPort, RedisNode> detours = new ConcurrentHashMap<>();
    private List<RedisNode> masters;
    private volatile boolean aborted;
    private volatile boolean closed;

    /**
     * Connects to the server that the settings name, or to all masters of its cluster.
     *
     * @param limit how long to wait for another master, or for slots that are being moved
     */
    static Masters open(RedisSettings settings, int idleTimeoutMillis, Duration limit) {
        RedisNode seed = settings.url().sentinelMaster().isPresent()
                ? new Sentinels(settings, limit).connectToMaster(idleTimeoutMillis)
                : firstThatAnswers(settings, idleTimeoutMillis);
        try {
            boolean cluster = seed.info().isClusterNode();
            if (!cluster
                    && settings.url().hosts().size() > 1
                    && settings.url().sentinelMaster().isEmpty()) {
                throw RedisErrors.noCluster(seed.name());
            }
            Masters masters = new Masters(seed, cluster, settings, idleTimeoutMillis, limit);
            masters.connect();
            return masters;
        } catch (RuntimeException e) {
            seed.close();
            throw e;
        }
    }

    private static RedisNode firstThatAnswers(RedisSettings settings, int idleTimeoutMillis) {
        BackupException failure = null;
        for (HostAndPort host : settings.url().hosts()) {
            try {
                return new RedisNode(settings, host, "Redis at " + RedisUrl.text(host), idleTimeoutMillis);
            } catch (BackupException e) {
                if (e.kind() != Kind.UNREACHABLE) {
                    throw e;
                }
                failure = e;
            }
        }
        throw failure;
    }

    private Masters(RedisNode seed, boolean cluster, RedisSettings settings, int idleTimeoutMillis, Duration limit) {
        this.seed = seed;
        this.cluster = cluster;
        this.settings = settings;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.limit = limit;
        this.masters = List.of(seed);
        this.seedId = cluster ? ClusterTopology.ownId(seed.clusterNodes()) : "";
        nodes.put(seed.address(), seed);
        owners.reset(seed);
    }

    /** Connects to all masters. A cluster that is replacing a master names one that is gone, so this tries again. */
    private void connect() {
        Patience patience = new Patience(limit);
        while (true) {
            try {
                topology();
                return;
            } catch (BackupException e) {
                if (e.kind() != Kind.UNREACHABLE || !patience.waitsAgain()) {
                    close();
                    throw e;
                }
                forgetOthers();
            }
        }
    }

    private void forgetOthers() {
        nodes.values().stream().filter(node -> node != seed).forEach(RedisNode::close);
        nodes.clear();
        nodes.put(seed.address(), seed);
        masters = List.of(seed);
    }

    boolean isCluster() {
        return cluster;
    }

    List<RedisNode> all() {
        return masters;
    }

    /** Reads who owns which slots, and connects to new masters. No reply may be outstanding. */
    ClusterTopology topology() {
        if (!cluster) {
            return ClusterTopology.SINGLE;
        }
        RedisNode asked = masters.get(0);
        owners.reset(asked);
        Set<RedisNode> found = new LinkedHashSet<>();
        for (Object each : (List<?>) asked.call(Command.CLUSTER, RedisConnection.bytes("SLOTS"))) {
            List<?> range = (List<?>) each;
            RedisNode node = announced((List<?>) range.get(2), asked);
            found.add(node);
            owners.assign(slot(range.get(0)), slot(range.get(1)), node);
        }
        if (!found.isEmpty()) {
            masters = List.copyOf(found);
        }
        return ClusterTopology.parse(
                masters.stream().map(RedisNode::clusterNodes).toList());
    }

    /** @param description the host, the port and the id of a node */
    private RedisNode announced(List<?> description, RedisNode by) {
        HostAndPort address = address((byte[]) description.get(0), (Long) description.get(1), by);
        if (RedisConnection.text(description.get(2)).equals(seedId)) {
            // The address in the settings may be another one, such as that of a tunnel.
            nodes.putIfAbsent(address, seed);
        }
        return node(nodes, address);
    }

    private static int slot(Object number) {
        return Math.toIntExact((Long) number);
    }

    int slot(byte[] key) {
        return cluster ? JedisClusterCRC16.getSlot(key) : 0;
    }

    /** Returns the master that owns a key. */
    RedisNode owner(byte[] key) {
        return owners.of(slot(key));
    }

    SlotOwners owners() {
        return owners;
    }

    /** Returns a second connection, on which no reply is outstanding, to the master that owns a slot. */
    RedisNode detour(int slot) {
        return node(detours, owners.of(slot).address());
    }

    /** Does the same for the node that a reply names, and remembers it if it owns the slot from now on. */
    RedisNode detour(int slot, JedisRedirectionException reply, RedisNode repliedBy) {
        HostAndPort target = reply.getTargetNode();
        HostAndPort address = address(RedisConnection.bytes(target.getHost()), target.getPort(), repliedBy);
        if (reply instanceof JedisMovedDataException) {
            owners.move(slot, node(nodes, address));
        }
        return node(detours, address);
    }

    private RedisNode node(Map<HostAndPort, RedisNode> connections, HostAndPort address) {
        RedisNode node = connections.computeIfAbsent(address, this::connect);
        check();
        return node;
    }

    private RedisNode connect(HostAndPort address) {
        try {
            return new RedisNode(settings, address, "Redis at " + RedisUrl.text(address), idleTimeoutMillis);
        } catch (BackupException e) {
            throw e.kind() == Kind.UNREACHABLE ? RedisErrors.announced(settings, e) : e;
        }
    }

    /** Returns an address that a node announced. Without a host, it is that of the node itself. */
    private static HostAndPort address(byte[] host, long port, RedisNode announcedBy) {
        String name = host == null ? "" : RedisConnection.text(host);
        return new HostAndPort(
                name.isEmpty() || name.equals("?") ? announcedBy.address().getHost() : name, Math.toIntExact(port));
    }

    /** Sends all commands that are still in buffers. */
    void flush() {
        nodes.values().forEach(RedisNode::flush);
    }

    /** Throws a {@link CancellationException} if the connections were aborted. */
    void check() {
        if (aborted) {
            each(RedisNode::abort);
            throw new CancellationException("the connection to Redis was aborted");
        }
    }

    void abort() {
        if (!closed) {
            aborted = true;
            each(RedisNode::abort);
        }
    }

    @Override
    public void close() {
        closed = true;
        each(RedisNode::close);
    }

    private void each(Consumer<RedisNode> action) {
        nodes.values().forEach(action);
        detours.values().forEach(action);
    }
}
