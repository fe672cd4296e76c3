package dev.ngbak.neo4j;

import dev.ngbak.spi.support.MappedTable;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The keys of nodes with the numbers of the nodes, on disk: first all keys are added, then numbers are looked up. */
final class NodeKeys implements AutoCloseable {

    private static final int DIGEST_BYTES = 32;

    /** Half of the slots of the hash table stay empty, so that a search ends soon. */
    private static final int SLOTS_PER_NODE = 2;

    private final CanonicalRecord canonical = new CanonicalRecord();
    private final MappedTable digests;
    private final MappedTable slots;
    private final byte[] other = new byte[DIGEST_BYTES];
    private long nodes;

    NodeKeys(TempFiles files) throws IOException {
        this.digests = new MappedTable(files, DIGEST_BYTES);
        this.slots = new MappedTable(files, Long.BYTES);
    }

    /** Adds the key of the next node. */
    void add(ApocReader.Key key) throws IOException {
        digests.put(nodes, digest(key));
        nodes++;
    }

    /** Returns the number of the node with the key, or -1. Call {@link #index} first. */
    long find(ApocReader.Key key) throws IOException {
        return nodes == 0 ? -1 : slots.getLong(slot(digest(key))) - 1;
    }

    /** Ends the adding. Returns false if two nodes have the same key. */
    boolean index() throws IOException {
        byte[] digest = new byte[DIGEST_BYTES];
        for (long number = 0; number < nodes; number++) {
            digests.get(number, digest);
            long slot = slot(digest);
            if (slots.getLong(slot) != 0) {
                return false;
            }
            slots.putLong(slot, number + 1);
        }
        return true;
    }

    /** Returns the slot that contains the digest, or the empty one that it belongs to. */
    private long slot(byte[] digest) throws IOException {
        long size = SLOTS_PER_NODE * nodes;
        long slot = Long.remainderUnsigned(ByteBuffer.wrap(digest).getLong(), size);
        for (long number = slots.getLong(slot); number != 0; number = slots.getLong(slot)) {
            digests.get(number - 1, other);
            if (Arrays.equals(other, digest)) {
                return slot;
            }
            slot = (slot + 1) % size;
        }
        return slot;
    }

    private byte[] digest(ApocReader.Key key) {
        return canonical.begin('k').field(key.label()).map(key.properties()).digest();
    }

    @Override
    public void close() throws IOException {
        digests.close();
        slots.close();
    }
}
