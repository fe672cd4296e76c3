package dev.ngbak.redis;

import java.io.IOException;
import java.util.Arrays;

/** A walk over a side table of keys, in their order, each once. */
final class KeyWalk {

    /** Makes one of two readings of a key. */
    @FunctionalInterface
    interface Union {
        KeyValue of(byte[] rest, KeyValue earlier, KeyValue later) throws IOException;
    }

    /** For a table of names alone, and of readings of which the last counts. */
    static final Union LAST = (rest, earlier, later) -> later;

    private final Spill.Sorted sorted;
    private final Union union;
    private boolean more;
    private byte[] sortable;
    private KeyValue value;

    KeyWalk(Spill spill, Union union) throws IOException {
        this.sorted = spill.sorted();
        this.union = union;
        this.more = sorted.next();
    }

    boolean next() throws IOException {
        if (!more) {
            sortable = null;
            return false;
        }
        sortable = sorted.key();
        value = read();
        more = sorted.next();
        while (more && Arrays.equals(sorted.key(), sortable)) {
            value = union.of(rest(), value, read());
            more = sorted.next();
        }
        return true;
    }

    private KeyValue read() throws IOException {
        byte[] packed = sorted.value();
        return packed.length == 0 ? null : KeyValue.unpacked(packed);
    }

    /** By which keys sort; {@code null} at the end. */
    byte[] sortable() {
        return sortable;
    }

    /** The key without the prefix. */
    byte[] rest() {
        return KeyName.unsortable(sortable);
    }

    /** {@code null} in a table of names alone. */
    KeyValue value() {
        return value;
    }
}
