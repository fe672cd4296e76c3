package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The connections to a Qdrant: to a server, or to every node of a cluster. The nodes are those that the settings name, each
 * with a peer of its own.
 */
final class Nodes implements AutoCloseable {

    private final QdrantSettings settings;
    private final List<QdrantHttp> connections = new ArrayList<>();
    private final Map<Long, QdrantHttp> byPeer = new LinkedHashMap<>();
    /** The address of each peer of the cluster, as the first node knows them; empty if the server has no cluster mode. */
    private Map<Long, String> peers = Map.of();

    private Nodes(QdrantSettings settings) {
        this.settings = settings;
    }

    /**
     * Connects.
     *
     * @throws BackupException {@code INVALID} if {@code QDRANT_URLS} does not name every peer of one cluster exactly once;
     *     {@code UNREACHABLE} if a node does not answer
     */
    static Nodes open(QdrantSettings settings, Timeouts timeouts) {
        Nodes nodes = new Nodes(settings);
        try {
            settings.urls().forEach(url -> nodes.connections.add(new QdrantHttp(settings.at(url), timeouts)));
            if (settings.namesNodes()) {
                nodes.identify();
            } else {
                nodes.peers = peers(nodes.first().getReply("/cluster"), nodes.first());
            }
            return nodes;
        } catch (RuntimeException e) {
            nodes.close();
            throw e;
        }
    }

    /** Returns the peers that a node knows; none without cluster mode. */
    private static Map<Long, String> peers(QdrantHttp.Reply reply, QdrantHttp node) {
        if (!reply.isSuccess()) {
            return Map.of(); // An API key that is limited to collections may not ask this.
        }
        Map<Long, String> peers = new TreeMap<>();
        JsonNode cluster = node.result(reply);
        if (cluster.path("status").asText().equals("enabled")) {
            cluster.path("peers")
                    .fields()
                    .forEachRemaining(peer -> peers.put(
                            Long.parseLong(peer.getKey()),
                            peer.getValue().path("uri").asText()));
        }
        return peers;
    }

    private void identify() {
        Map<Long, URI> urls = new TreeMap<>();
        BackupException failure = null;
        for (int i = 0; i < connections.size(); i++) {
            try {
                identify(connections.get(i), settings.urls().get(i), urls);
            } catch (BackupException e) {
                if (e.kind() != Kind.UNREACHABLE) {
                    throw e;
                }
                failure = e;
            }
        }
        Map<Long, String> missing = new TreeMap<>(peers);
        missing.keySet().removeAll(urls.keySet());
        if (failure != null) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    failure.problem()
                            + (missing.isEmpty() ? "" : ". No other URL leads to the " + describe(missing))
                            + ". ngbak needs every node of the cluster",
                    "Start the node, or correct " + QdrantSettings.URLS.name(),
                    failure);
        }
        if (!missing.isEmpty()) {
            throw invalid(
                    "leads to only " + urls.size() + " of the " + peers.size() + " nodes of the cluster at "
                            + urls.values().iterator().next() + ": no URL leads to the " + describe(missing),
                    "Add the REST URL of each of these nodes. If a node no longer exists, remove its peer from the cluster");
        }
    }

    private void identify(QdrantHttp node, URI url, Map<Long, URI> urls) {
        QdrantHttp.Reply reply = node.getReply("/cluster");
        node.requireSuccess(reply);
        Map<Long, String> known = peers(reply, node);
        long peer = node.result(reply).path("peer_id").asLong();
        if (known.isEmpty()) {
            throw invalid(
                    "contains " + url + ", but that server does not run in cluster mode",
                    "Remove it, or set " + QdrantSettings.URL.name() + " for a single server");
        }
        if (peers.isEmpty()) {
            peers = known;
        } else if (!known.keySet().equals(peers.keySet())) {
            throw invalid(
                    "leads to nodes of different clusters, or a node is joining or leaving: " + url + " is the peer "
                            + peer + " of a cluster with the peers " + known.keySet() + ", but "
                            + urls.values().iterator().next() + " belongs to one with the peers " + peers.keySet(),
                    "Name the nodes of one cluster, and wait until all nodes know each other");
        }
        URI other = urls.put(peer, url);
        if (other != null) {
            throw invalid(
                    "contains the peer " + peer + " twice: " + other + " and " + url + " lead to the same node",
                    "Name each node of the cluster once, by its own address and not by that of a load balancer");
        }
        byPeer.put(peer, node);
    }

    private static String describe(Map<Long, String> missing) {
        StringBuilder text = new StringBuilder(missing.size() == 1 ? "peer" : "peers");
        missing.forEach((peer, uri) -> text.append(text.indexOf(" ") < 0 ? " " : ", ")
                .append(peer)
                .append(" (")
                .append(uri)
                .append(", its address inside the cluster)"));
        return text.toString();
    }

    private static BackupException invalid(String problem, String remedy) {
        return new BackupException(Kind.INVALID, QdrantSettings.URLS.name() + " " + problem, remedy);
    }

    /** Returns the node through which collections are read and written. */
    QdrantHttp first() {
        return connections.get(0);
    }

    /** Returns the connections to all nodes that the settings name. */
    List<QdrantHttp> all() {
        return connections;
    }

    /** Returns whether the server runs in cluster mode, perhaps as the only node. */
    boolean hasClusterMode() {
        return !peers.isEmpty();
    }

    /** Returns whether several servers share the collections. */
    boolean isCluster() {
        return size() > 1;
    }

    /** Returns the number of servers that share the collections. */
    int size() {
        return Math.max(1, peers.size());
    }

    /** Returns whether there is a connection to every server that shares the collections. */
    boolean isComplete() {
        return !isCluster() || byPeer.size() == peers.size();
    }

    /**
     * Returns the connection to a peer. A server that the settings name alone is every peer.
     *
     * @throws BackupException {@code INCOMPATIBLE} for a peer that joined the cluster after the session was opened
     */
    QdrantHttp node(long peer) {
        if (!isCluster()) {
            return first();
        }
        QdrantHttp node = byPeer.get(peer);
        if (node == null) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The peer " + peer + " joined the cluster of " + settings.displayName() + " during the operation",
                    "Add its URL to " + QdrantSettings.URLS.name() + ", and try again");
        }
        return node;
    }

    /** Ends the calls in progress. No other call succeeds. */
    void abort() {
        connections.forEach(QdrantHttp::abort);
    }

    @Override
    public void close() {
        connections.forEach(QdrantHttp::close);
    }
}
