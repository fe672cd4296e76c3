package dev.ngbak.testkit;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A real cluster of Redis for tests: some masters on this machine, which share the slots evenly. */
public final class RedisCluster implements Closeable {

    private static final int SLOTS = 16_384;
    private static final int SLOTS_PER_COMMAND = 1_000;
    private static final long TIMEOUT_MILLIS = 30_000;

    private final Function<String[], RedisServer> starter;
    private final Supplier<List<String>> options;
    private final List<RedisServer> nodes = new ArrayList<>();

    private RedisCluster(Function<String[], RedisServer> starter, Supplier<List<String>> options) {
        this.starter = starter;
        this.options = options;
    }

    /** Starts a cluster of the same program as {@link RedisServer#start}. */
    public static RedisCluster start(int masters) {
        return start(masters, List::of);
    }

    /** @param options returns the options of the next node, such as {@code --tls-port} and a port */
    public static RedisCluster start(int masters, Supplier<List<String>> options) {
        return start(masters, options, RedisServer::start);
    }

    /** @param starter starts a node with options, for example by {@link RedisServer#startProgram} */
    public static RedisCluster start(
            int masters, Supplier<List<String>> options, Function<String[], RedisServer> starter) {
        return start(new RedisCluster(starter, options), masters);
    }

    private static RedisCluster start(RedisCluster cluster, int masters) {
        try {
            for (int i = 0; i < masters; i++) {
                RedisServer node = cluster.startNode();
                node.command("CLUSTER SET-CONFIG-EPOCH " + (i + 1));
                int end = SLOTS * (i + 1) / masters;
                for (int slot = SLOTS * i / masters; slot < end; slot += SLOTS_PER_COMMAND) {
                    node.command("CLUSTER ADDSLOTS "
                            + IntStream.range(slot, Math.min(end, slot + SLOTS_PER_COMMAND))
                                    .mapToObj(Integer::toString)
                                    .collect(Collectors.joining(" ")));
                }
            }
            cluster.nodes.stream().skip(1).forEach(cluster::meet);
            cluster.awaitAgreement();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private RedisServer startNode() {
        List<String> all = new ArrayList<>(List.of(
                "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0"));
        all.addAll(options.get());
        RedisServer node = starter.apply(all.toArray(new String[0]));
        nodes.add(node);
        return node;
    }

    private void meet(RedisServer node) {
        RedisServer known = nodes.get(0);
        String busPort = known.command("CLUSTER NODES").replaceAll("(?s).*@(\\d+)[ ,].*myself.*", "$1");
        node.command("CLUSTER MEET 127.0.0.1 " + known.port() + " " + busPort);
    }

    /** Adds a replica of a master. */
    public RedisServer addReplica(RedisServer master) {
        RedisServer node = startNode();
        meet(node);
        awaitAgreement();
        node.command("CLUSTER REPLICATE " + id(master));
        await(
                "the replica is synchronized",
                () -> node.command("INFO replication").contains("master_link_status:up"));
        awaitAgreement();
        return node;
    }

    /** Waits until all nodes that run know each other, agree on the slots, and accept commands. */
    public void awaitAgreement() {
        await(
                "all nodes of the cluster agree",
                () -> running().allMatch(node -> node.command("CLUSTER INFO").contains("cluster_state:ok"))
                        && running().map(RedisCluster::view).distinct().count() == 1);
    }

    private Stream<RedisServer> running() {
        return nodes.stream().filter(RedisServer::isRunning);
    }

    /** Returns what a node says about all others that matters for commands. */
    private static List<String> view(RedisServer node) {
        return node.command("CLUSTER NODES")
                .lines()
                .map(line -> line.split(" "))
                .map(parts -> parts[0]
                        + parts[2].replace("myself,", "")
                        + parts[3]
                        + parts[6]
                        + Arrays.asList(parts).subList(8, parts.length))
                .sorted()
                .toList();
    }

    /** Returns the nodes that were started, masters first. */
    public List<RedisServer> nodes() {
        return List.copyOf(nodes);
    }

    /** Returns the value of {@code REDIS_URL} for the first node. */
    public String url() {
        return nodes.get(0).url();
    }

    private static String id(RedisServer node) {
        return node.command("CLUSTER MYID");
    }

    /** Begins to move a slot: keys that do not exist are looked for at the target from now on. */
    public void beginMove(int slot, RedisServer from, RedisServer to) {
        to.command("CLUSTER SETSLOT " + slot + " IMPORTING " + id(from));
        from.command("CLUSTER SETSLOT " + slot + " MIGRATING " + id(to));
    }

    /** Moves the keys of a slot, whose names contain no space. */
    public void moveKeys(int slot, int max, RedisServer from, RedisServer to) {
        from.command("CLUSTER GETKEYSINSLOT " + slot + " " + max)
                .lines()
                .forEach(key -> from.command("MIGRATE 127.0.0.1 " + to.port() + " " + key + " 0 5000"));
    }

    /** Makes the target the owner of a slot. */
    public void endMove(int slot, RedisServer from, RedisServer to) {
        to.command("CLUSTER SETSLOT " + slot + " NODE " + id(to));
        from.command("CLUSTER SETSLOT " + slot + " NODE " + id(to));
    }

    /** Moves a slot with its keys, and waits until all nodes know. */
    public void move(int slot, RedisServer from, RedisServer to) {
        beginMove(slot, from, to);
        moveKeys(slot, Integer.MAX_VALUE, from, to);
        endMove(slot, from, to);
        awaitAgreement();
    }

    /** Waits until a condition of a server or cluster holds. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.currentTimeMillis() + TIMEOUT_MILLIS;
        while (!condition.getAsBoolean()) {
            if (System.currentTimeMillis() > deadline) {
                throw new IllegalStateException("In vain waited until " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
