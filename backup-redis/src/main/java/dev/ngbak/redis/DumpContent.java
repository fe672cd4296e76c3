package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Digests the content of a DUMP, as docs/FORMAT.md defines it: its elements, as {@link LogicalContent} digests those of a
 * server, and what only a DUMP contains.
 */
final class DumpContent implements ElementVisitor {

    private final long now;
    private final boolean isFull;
    private final MessageDigest sha256 = ContentDigest.sha256();
    private final MessageDigest ordered = ContentDigest.sha256();
    private final ContentDigest unordered = new ContentDigest();
    private final ContentDigest extras = new ContentDigest();
    private final FieldExpiries.Builder fields = new FieldExpiries.Builder();
    private boolean isOrdered;
    private boolean hasExtras;
    private byte[] group;
    private byte[] consumer;

    private DumpContent(long now, boolean isFull) {
        this.now = now;
        this.isFull = isFull;
    }

    /**
     * Digests a DUMP. Returns empty if it cannot be decoded.
     *
     * @param now fields of a hash that have expired by then are left out
     * @param isFull whether the content includes what only a DUMP has
     * @throws ValueTooLargeException if the hash has more expiring fields than fit into memory
     */
    static Optional<DumpContent> of(byte[] dump, long now, boolean isFull) throws IOException {
        try {
            DumpContent content = new DumpContent(now, isFull);
            DumpDecoder.decode(dump, content);
            return Optional.of(content);
        } catch (UndecodableDumpException e) {
            return Optional.empty();
        }
    }

    /** Returns the digest of a DUMP as bytes, without its version and checksum. */
    static byte[] ofBytes(byte[] dump) {
        MessageDigest sha256 = ContentDigest.sha256();
        sha256.update(dump, 0, dump.length - Dump.FOOTER_BYTES);
        return sha256.digest();
    }

    /** Returns the digest of the elements, 32 bytes. */
    byte[] elements() {
        return isOrdered ? ((MessageDigest) cloned(ordered)).digest() : bytes(unordered);
    }

    private static Object cloned(MessageDigest digest) {
        try {
            return digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java platform cannot copy a SHA-256", e);
        }
    }

    /** Returns the digest of the whole content, 32 bytes. */
    byte[] all() {
        return withExtras(elements());
    }

    /** Adds what only the DUMP contains to the digest of elements that a server returned. */
    byte[] withExtras(byte[] elements) {
        return sum(elements, bytes(extras));
    }

    /** Returns whether the content has parts that only a DUMP contains. */
    boolean hasExtras() {
        return hasExtras;
    }

    /** Returns the fields that expire, or {@code null} if there are none. */
    FieldExpiries fieldExpiries() {
        return fields.build();
    }

    static byte[] bytes(ContentDigest digest) {
        return HexFormat.of().parseHex(digest.text());
    }

    /** Returns the sum of two digests of 32 bytes. */
    static byte[] sum(byte[] one, byte[] other) {
        ContentDigest sum = new ContentDigest();
        sum.add(one);
        sum.add(other);
        return bytes(sum);
    }

    @Override
    public void field(byte[] name, byte[] value, long expires) throws IOException {
        ContentDigest.field(sha256, name);
        ContentDigest.field(sha256, value);
        byte[] share = sha256.digest();
        byte[] extra = new byte[32];
        if (expires != KeyValue.NEVER && isFull) {
            sha256.update((byte) 't');
            ContentDigest.field(sha256, name);
            ContentDigest.number(sha256, expires);
            extra = sha256.digest();
        }
        fields.add(expires, sum(share, extra));
        if (expires == KeyValue.NEVER || expires > now) {
            unordered.add(share);
            if (expires != KeyValue.NEVER) {
                addExtra(extra);
            }
        }
    }

    private void addExtra(byte[] extra) {
        if (isFull) {
            hasExtras = true;
            extras.add(extra);
        }
    }

    @Override
    public void element(byte[] element) {
        isOrdered = true;
        ContentDigest.field(ordered, element);
    }

    @Override
    public void member(byte[] member) {
        ContentDigest.field(sha256, member);
        unordered.add(sha256.digest());
    }

    @Override
    public void member(byte[] member, double score) {
        ContentDigest.field(sha256, member);
        ContentDigest.number(sha256, Double.doubleToLongBits(score));
        unordered.add(sha256.digest());
    }

    @Override
    public void entry(StreamId id, List<byte[]> namesAndValues) {
        ordered.update((byte) 'e');
        ContentDigest.field(ordered, id.bytes());
        ContentDigest.number(ordered, namesAndValues.size());
        namesAndValues.forEach(part -> ContentDigest.field(ordered, part));
    }

    @Override
    public void state(StreamState state) {
        isOrdered = true;
        ordered.update((byte) 'l');
        ContentDigest.field(ordered, state.last().bytes());
    }

    @Override
    public void group(Group group) {
        this.group = group.name();
        ordered.update((byte) 'g');
        ContentDigest.field(ordered, group.name());
        ContentDigest.field(ordered, group.lastDelivered().bytes());
    }

    @Override
    public void consumer(byte[] name) {
        consumer = name;
        sha256.update((byte) 'c');
        ContentDigest.field(sha256, group);
        ContentDigest.field(sha256, name);
        addExtra(sha256.digest());
    }

    @Override
    public void pending(StreamId id, long deliveredAt, long deliveries) {
        sha256.update((byte) 'p');
        ContentDigest.field(sha256, group);
        ContentDigest.field(sha256, consumer);
        ContentDigest.field(sha256, id.bytes());
        ContentDigest.number(sha256, deliveries);
        addExtra(sha256.digest());
    }
}
