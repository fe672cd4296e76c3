package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The form of {@code graph/neo4j.dump} that {@code neo4j-admin database dump} writes; only Neo4j can decode it. */
final class NativeDump {

    /** The name of the form, with its version. */
    static final String FORM = "neo4j-admin/1";

    /** The member of the scope that names the format of the database's store, such as {@code record-aligned-1.1}. */
    static final String STORE_FORMAT = "store_format";

    /** What dumps begin with: compressed by gzip, or by zstd. */
    private static final Set<String> MAGIC = Set.of("DGV1", "DZV1");

    private static final int BLOCK = 1 << 16;

    private NativeDump() {}

    /** Reads the file of an archive as far as it can be read without Neo4j. */
    static StoreSummary read(EntrySource source, Progress progress) throws IOException {
        copy(source, OutputStream.nullOutputStream(), Meter.ofBytes(progress, () -> false));
        return StoreSummary.opaque();
    }

    /** Copies the dump out of an archive. The copy is whole only when this has returned. */
    static void copy(EntrySource source, OutputStream copy, Meter meter) throws IOException {
        int[] files = {0};
        source.forEach((entry, content) -> {
            if (!entry.name().equals(Neo4jExport.FILE) || files[0]++ > 0) {
                throw damaged(entry.path() + " does not belong to a graph of Neo4j");
            }
            meter.expectBytes(entry.size());
            if (!transfer(content, copy, meter)) {
                throw damaged(entry.path() + " is not a dump that neo4j-admin wrote");
            }
        });
        if (files[0] == 0) {
            throw damaged("The archive has no file of the graph");
        }
        meter.tell();
    }

    /** @return whether it is what it should be, by its first bytes */
    static boolean transfer(InputStream from, OutputStream to, Meter meter) throws IOException {
        byte[] block = from.readNBytes(4);
        boolean dump = MAGIC.contains(new String(block, StandardCharsets.ISO_8859_1));
        int size = block.length;
        while (size > 0) {
            to.write(block, 0, size);
            meter.passed(size);
            block = block.length < BLOCK ? new byte[BLOCK] : block;
            size = from.read(block);
        }
        return dump;
    }

    private static BackupException damaged(String problem) {
        return new BackupException(Kind.CORRUPT, Texts.shown(problem), "Use another archive");
    }
}
