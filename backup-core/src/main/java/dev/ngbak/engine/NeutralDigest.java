package dev.ngbak.engine;

import dev.ngbak.layout.CanonicalValue;
import dev.ngbak.layout.NeutralForm;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.NodeTable;
import dev.ngbak.spi.support.TempFiles;
import dev.ngbak.spi.support.Utf8;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Digests records in the {@link NeutralForm}. Two stores of different backends with the same digest contain the same records.
 * The order of records does not matter.
 */
final class NeutralDigest implements RecordVisitor, Closeable {

    private final boolean directed;
    private final MessageDigest sha256 = ContentDigest.sha256();
    private final ContentDigest sum = new ContentDigest();
    private final NodeTable nodes;
    private String collection = "";

    /** @param directed whether the order of the nodes of a relationship counts */
    NeutralDigest(boolean directed, TempFiles files) throws IOException {
        this.directed = directed;
        this.nodes = new NodeTable(files);
    }

    /** Returns the digest of the records so far. */
    String text() {
        return sum.text();
    }

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {
        if (nodes.add(number, id) < 0) {
            throw NeutralForm.refusal(NeutralForm.named("node", id), "occurs twice");
        }
        begin('n');
        ContentDigest.field(sha256, id);
        value(properties);
        end();
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {
        String first = name(from, to);
        String second = name(to, from);
        boolean swapped = !directed && Utf8.BYTE_ORDER.compare(first, second) > 0;
        begin('r');
        ContentDigest.field(sha256, swapped ? second : first);
        ContentDigest.field(sha256, swapped ? first : second);
        value(properties);
        end();
    }

    private String name(long number, long other) throws IOException {
        long position = nodes.position(number);
        if (position < 0) {
            long known = nodes.position(other);
            throw NeutralForm.refusal(
                    "a relationship" + (known < 0 ? "" : " of " + NeutralForm.named("node", nodes.name(known))),
                    "ends at a node that does not come before it in the archive");
        }
        return nodes.name(position);
    }

    @Override
    public void collection(String name, Map<String, Integer> dimensions) {
        collection = name;
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
        begin('p');
        ContentDigest.field(sha256, collection);
        value(payload);
        for (Vector vector : vectors) {
            ContentDigest.field(sha256, vector.name());
            ByteBuffer bytes =
                    ByteBuffer.allocate(Float.BYTES * vector.values().length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector.values());
            ContentDigest.field(sha256, bytes.array());
        }
        end();
    }

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) {
        begin('k');
        ContentDigest.field(sha256, namespace);
        ContentDigest.field(sha256, key);
        ContentDigest.number(sha256, expires);
        ContentDigest.field(sha256, value);
        end();
    }

    private MessageDigest begin(char tag) {
        sha256.update((byte) tag);
        return sha256;
    }

    private void end() {
        sum.add(sha256.digest());
    }

    private void value(Object value) {
        CanonicalValue.add(sha256, value);
    }

    @Override
    public void close() throws IOException {
        nodes.close();
    }
}
