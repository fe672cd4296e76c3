package dev.ngbak.layout;

import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.DiskTable;
import dev.ngbak.spi.support.MappedTable;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Map;

/**
 * Reduces a neutral graph to one node for each name and one relationship for each pair of nodes, for a backend that holds no
 * more. A first pass chooses: of nodes the one with the greatest rank, then the one with the least digest; of relationships the
 * one with the least digest.
 */
public final class UniqueNodes implements Closeable {

    private static final String SAME_NAME = "of several nodes with the same name, one is kept";
    private static final String EQUAL = "of equal relationships between two nodes, one is kept";
    private static final String DIFFERENT =
            "of different relationships between two nodes, in whatever direction, one is kept";

    private static final int CHOICE_BYTES = 3 * Long.BYTES;

    private final NeutralForm form;
    private final MessageDigest sha256 = ContentDigest.sha256();
    /** The name of a node, as a number from 0, by the digest of the name, and by the number of each node with it. */
    private final DiskTable names;

    private final DiskTable nodes;
    private final DiskTable pairs;
    private final MappedTable chosenNodes;
    private final MappedTable chosenRelationships;
    private long nameCount;
    private long pairCount;

    /** A node or a relationship that is kept. */
    private record Choice(long rank, long digest, long number) {

        boolean isBetterThan(Choice other) {
            return rank != other.rank ? rank > other.rank : Long.compareUnsigned(digest, other.digest) < 0;
        }

        void put(MappedTable table, long at) throws IOException {
            table.put(
                    at,
                    ByteBuffer.allocate(CHOICE_BYTES)
                            .putLong(rank)
                            .putLong(digest)
                            .putLong(number)
                            .array());
        }

        static Choice get(MappedTable table, long at) throws IOException {
            byte[] entry = new byte[CHOICE_BYTES];
            table.get(at, entry);
            ByteBuffer choice = ByteBuffer.wrap(entry);
            return new Choice(choice.getLong(), choice.getLong(), choice.getLong());
        }
    }

    /** @param form of the backend that holds no more */
    public UniqueNodes(NeutralForm form, TempFiles files) throws IOException {
        this.form = form;
        this.names = new DiskTable(files);
        this.nodes = new DiskTable(files);
        this.pairs = new DiskTable(files);
        this.chosenNodes = new MappedTable(files, CHOICE_BYTES);
        this.chosenRelationships = new MappedTable(files, CHOICE_BYTES);
    }

    /** Returns a visitor for the first pass. Notes what will be left out. */
    public RecordVisitor scan(Losses losses) {
        return new RecordVisitor() {
            private long relationships;

            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                ByteBuffer hash = ByteBuffer.wrap(sha256.digest(id.getBytes(StandardCharsets.UTF_8)));
                long known = names.putIfAbsent(hash.getLong(), hash.getLong(), nameCount);
                long name = known == DiskTable.ABSENT ? nameCount++ : known;
                nodes.putIfAbsent(number, 0, name);
                Choice choice = new Choice(form.rank(properties), digest(properties), number);
                if (known == DiskTable.ABSENT) {
                    choice.put(chosenNodes, name);
                    return;
                }
                losses.note(SAME_NAME, id);
                if (choice.isBetterThan(Choice.get(chosenNodes, name))) {
                    choice.put(chosenNodes, name);
                }
            }

            @Override
            public void relationship(long from, long to, String type, Map<String, Object> properties)
                    throws IOException {
                Choice choice = new Choice(0, digest(properties), relationships++);
                long pair = pair(from, to, pairCount);
                if (pair == DiskTable.ABSENT) {
                    choice.put(chosenRelationships, pairCount++);
                    return;
                }
                Choice present = Choice.get(chosenRelationships, pair);
                losses.note(present.digest() == choice.digest() ? EQUAL : DIFFERENT, String.valueOf(properties));
                if (choice.isBetterThan(present)) {
                    choice.put(chosenRelationships, pair);
                }
            }
        };
    }

    private long digest(Map<String, Object> properties) {
        CanonicalValue.add(sha256, properties);
        return ByteBuffer.wrap(sha256.digest()).getLong();
    }

    /** Returns the number of a pair before, or absent. A relationship to an unknown node is in a pair with that node. */
    private long pair(long from, long to, long next) throws IOException {
        long first = nodes.get(from, 0);
        long second = nodes.get(to, 0);
        return pairs.putIfAbsent(Math.min(first, second), Math.max(first, second), next);
    }

    /** Returns a visitor that hands on what the first pass has chosen. */
    public RecordVisitor filter(RecordVisitor next) {
        return new RecordVisitor() {
            private long relationships;

            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                if (chosen(number) == number) {
                    next.node(number, id, labels, properties);
                }
            }

            @Override
            public void relationship(long from, long to, String type, Map<String, Object> properties)
                    throws IOException {
                long pair = pair(from, to, 0);
                if (Choice.get(chosenRelationships, pair).number() == relationships++) {
                    next.relationship(chosen(from), chosen(to), type, properties);
                }
            }
        };
    }

    /** Returns the number of the node that is kept for a node. */
    private long chosen(long number) throws IOException {
        long name = nodes.get(number, 0);
        return name == DiskTable.ABSENT ? number : Choice.get(chosenNodes, name).number();
    }

    @Override
    public void close() throws IOException {
        try (names;
                nodes;
                pairs;
                chosenNodes) {
            chosenRelationships.close();
        }
    }
}
