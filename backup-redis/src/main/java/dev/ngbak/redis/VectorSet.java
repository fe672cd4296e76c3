package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Digests the DUMP of a vector set of Redis 8: its parameters, and each element with its vector and its attributes. Does not
 * digest the graph that connects the elements. A server writes elements and graph in another order after each restore, so two
 * DUMPs of equal vector sets differ.
 */
final class VectorSet {

    static final String TYPE = "vectorset";

    private static final int MODULE_ENCODING = 7;

    /** The lowest ten bits of the id of a module's type are the version of its encoding. */
    private static final int ENCODING_VERSION = 0x3ff;

    private static final int UNSIGNED = 2;
    private static final int STRING = 5;
    private static final int HAS_PROJECTION = 1;
    private static final int HAS_ATTRIBUTES = 2;

    private final RdbReader in;

    private VectorSet(RdbReader in) {
        this.in = in;
    }

    /** Returns the digest, 32 bytes; empty if the DUMP has another encoding than that of Redis 8.0. */
    static Optional<byte[]> content(byte[] dump) {
        try {
            return Optional.of(new VectorSet(new RdbReader(dump, 0, dump.length - Dump.FOOTER_BYTES)).content());
        } catch (UndecodableDumpException e) {
            return Optional.empty();
        }
    }

    private byte[] content() throws UndecodableDumpException {
        if (in.readByte() != MODULE_ENCODING || (in.number() & ENCODING_VERSION) != 0) {
            throw RdbReader.malformed();
        }
        MessageDigest sha256 = ContentDigest.sha256();
        ContentDigest sum = new ContentDigest();
        ContentDigest.number(sha256, unsigned()); // The dimension.
        long elements = unsigned();
        ContentDigest.number(sha256, unsigned()); // The quantization, and the width of the graph.
        long flags = unsigned();
        if ((flags & HAS_PROJECTION) != 0) {
            ContentDigest.number(sha256, unsigned()); // The dimension before the projection.
            ContentDigest.field(sha256, string());
        }
        sum.add(sha256.digest());
        for (long left = elements; left > 0; left--) {
            ContentDigest.field(sha256, string());
            if ((flags & HAS_ATTRIBUTES) != 0) {
                ContentDigest.field(sha256, string());
            } else {
                ContentDigest.number(sha256, 0);
            }
            ContentDigest.field(sha256, string());
            long lengthAndRange = 0;
            for (long parameters = unsigned(); parameters > 0; parameters--) {
                lengthAndRange = unsigned(); // The last one; those before it describe the graph.
            }
            ContentDigest.number(sha256, lengthAndRange);
            sum.add(sha256.digest());
        }
        if (in.number() != 0 || !in.atEnd()) {
            throw RdbReader.malformed();
        }
        return DumpContent.bytes(sum);
    }

    private long unsigned() throws UndecodableDumpException {
        if (in.number() != UNSIGNED) {
            throw RdbReader.malformed();
        }
        return in.number();
    }

    private byte[] string() throws UndecodableDumpException {
        if (in.number() != STRING) {
            throw RdbReader.malformed();
        }
        return in.string();
    }
}
