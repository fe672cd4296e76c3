package dev.ngbak.redis;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import redis.clients.jedis.Protocol;

/**
 * Which master of a cluster owns which slots. If two that were read one after the other are equal and without a problem, no
 * slot changed its owner in between.
 *
 * @param owners a line for each master with slots: its id, its config epoch, which grows with each change, and its slots
 * @param problem why a scan of all masters could miss keys, as a clause such as "slot 866 is being moved"; empty if it could
 *     not
 */
record ClusterTopology(String owners, Optional<String> problem) {

    private static final int ID = 0;
    private static final int FLAGS = 2;
    private static final int EPOCH = 6;
    private static final int FIRST_SLOTS = 8;

    /** The topology of a single server, which owns all keys. */
    static final ClusterTopology SINGLE = new ClusterTopology("", Optional.empty());

    /** @param replies what each master replied to {@code CLUSTER NODES} */
    static ClusterTopology parse(List<String> replies) {
        List<String> views =
                replies.stream().map(ClusterTopology::owners).distinct().toList();
        Optional<String> problem = replies.stream()
                .flatMap(reply -> open(reply).stream())
                .findFirst()
                .map(slot -> "slot " + slot + " is being moved from one node to another")
                .or(() -> views.size() == 1
                        ? unserved(views.get(0))
                        : Optional.of("its nodes do not agree yet on who owns which slots"));
        return new ClusterTopology(String.join("\n", views), problem);
    }

    /** Returns the id of the node that sent a reply to {@code CLUSTER NODES}. */
    static String ownId(String reply) {
        return reply.lines()
                .map(line -> line.split(" "))
                .filter(node -> node[FLAGS].contains("myself"))
                .map(node -> node[ID])
                .findFirst()
                .orElse("");
    }

    /** Returns a reply without what is not about the owners of slots, such as the time of the last ping. */
    private static String owners(String reply) {
        return reply.lines()
                .map(line -> line.split(" "))
                .filter(node -> node.length > FIRST_SLOTS && node[FLAGS].contains("master"))
                .map(node -> node[ID] + " " + node[EPOCH] + " " + slots(node))
                .filter(node -> !node.endsWith(" "))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static String slots(String[] node) {
        return Arrays.stream(node)
                .skip(FIRST_SLOTS)
                .filter(slots -> !slots.startsWith("["))
                .collect(Collectors.joining(" "));
    }

    /** Returns the slot that the replying node is sending or receiving, as in {@code [866->-id]}. */
    private static Optional<String> open(String reply) {
        return reply.lines()
                .flatMap(line -> Arrays.stream(line.split(" ")).skip(FIRST_SLOTS))
                .filter(slots -> slots.startsWith("["))
                .map(slot -> slot.replaceAll("\\[(\\d+).*", "$1"))
                .findFirst();
    }

    private static Optional<String> unserved(String view) {
        BitSet served = new BitSet(Protocol.CLUSTER_HASHSLOTS);
        view.lines().flatMap(line -> Arrays.stream(line.split(" ")).skip(2)).forEach(range -> {
            String[] ends = range.split("-");
            served.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        });
        int missing = Protocol.CLUSTER_HASHSLOTS - served.cardinality();
        return missing == 0
                ? Optional.empty()
                : Optional.of("no node serves " + missing + " of its " + Protocol.CLUSTER_HASHSLOTS + " slots");
    }

    boolean isStable() {
        return problem.isEmpty();
    }
}
