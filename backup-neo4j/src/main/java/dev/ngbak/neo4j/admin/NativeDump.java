package dev.ngbak.neo4j.admin;

import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The form that {@code neo4j-admin database dump} writes. Only Neo4j can decode it. */
public final class NativeDump {

    /** The name of the form, with its version. */
    public static final String FORM = "neo4j-admin/1";

    /** The key in a store's scope for the format of the database files, such as {@code record-aligned-1.1}. */
    public static final String STORE_FORMAT = "store_format";

    /** The first bytes of a dump, compressed with gzip or zstd. */
    private static final Set<String> MAGIC = Set.of("DGV1", "DZV1");

    private static final int BUFFER_BYTES = 1 << 16;

    private NativeDump() {}

    /**
     * Copies a stream to its end.
     *
     * @return whether the first bytes of the stream are those of a dump
     */
    public static boolean copy(InputStream from, OutputStream to, ProgressMeter meter) throws IOException {
        byte[] buffer = from.readNBytes(4);
        boolean isDump = MAGIC.contains(new String(buffer, StandardCharsets.ISO_8859_1));
        int length = buffer.length;
        while (length > 0) {
            to.write(buffer, 0, length);
            meter.bytes(length);
            if (buffer.length < BUFFER_BYTES) {
                buffer = new byte[BUFFER_BYTES];
            }
            length = from.read(buffer);
        }
        meter.flush();
        return isDump;
    }
}
