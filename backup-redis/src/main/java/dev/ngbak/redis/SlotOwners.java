package dev.ngbak.redis;

import java.util.Arrays;
import redis.clients.jedis.Protocol;

/** Which master of a cluster owns which slot, as far as it is known. */
final class SlotOwners {

    /** The nodes to which commands are sent. */
    private final RedisNode[] current = new RedisNode[Protocol.CLUSTER_HASHSLOTS];

    /** The owners that were named last. */
    private final RedisNode[] latest = new RedisNode[Protocol.CLUSTER_HASHSLOTS];

    /** The number of commands for each slot whose replies are outstanding. */
    private final int[] outstanding = new int[Protocol.CLUSTER_HASHSLOTS];

    /** Forgets all owners. No reply may be outstanding. */
    void reset(RedisNode ofUnservedSlots) {
        Arrays.fill(current, ofUnservedSlots);
        Arrays.fill(latest, ofUnservedSlots);
    }

    void assign(int first, int last, RedisNode owner) {
        Arrays.fill(current, first, last + 1, owner);
        Arrays.fill(latest, first, last + 1, owner);
    }

    /** Notes that a slot has another owner from now on. */
    void move(int slot, RedisNode owner) {
        latest[slot] = owner;
    }

    RedisNode of(int slot) {
        return latest[slot];
    }

    /**
     * Returns the node for the next command of a slot. As long as replies to commands of the slot are outstanding, it stays the
     * same, so that no command overtakes another one that has to be sent again.
     */
    RedisNode take(int slot) {
        if (outstanding[slot]++ == 0) {
            current[slot] = latest[slot];
        }
        return current[slot];
    }

    /** Counts a reply to a command of a slot. */
    void release(int slot) {
        outstanding[slot]--;
    }
}
