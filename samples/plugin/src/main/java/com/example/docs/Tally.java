package com.example.docs;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Counts and digests documents as they pass, wherever they come from and go to. */
final class Tally {

    private final Progress progress;
    private final BooleanSupplier aborted;
    private final ContentDigest digest = new ContentDigest();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final byte[] block = new byte[1 << 16];
    private long expected;

    Tally(Progress progress, BooleanSupplier aborted) {
        this.progress = progress;
        this.aborted = aborted;
    }

    void expect(long documents) {
        expected += documents;
        progress.expect(expected, "documents");
    }

    /** A namespace counts even where it is empty. */
    void namespace(String name) {
        counts.put(name, 0L);
    }

    /** Lets one document of a known size pass. Its canonical bytes are namespace, key, size and content. */
    void pass(String namespace, String key, long size, InputStream in, OutputStream out) throws IOException {
        MessageDigest document = ContentDigest.sha256();
        ContentDigest.field(document, namespace);
        ContentDigest.field(document, key);
        ContentDigest.number(document, size);
        for (long left = size; left > 0; ) {
            check();
            int n = in.read(block, 0, (int) Math.min(block.length, left));
            if (n < 0) {
                throw new EOFException();
            }
            document.update(block, 0, n);
            out.write(block, 0, n);
            left -= n;
        }
        digest.add(document.digest());
        counts.merge(namespace, 1L, Long::sum);
        progress.advance(1);
    }

    void check() {
        if (aborted.getAsBoolean()) {
            throw new CancellationException("aborted");
        }
    }

    StoreSummary summary() {
        check();
        long records = counts.values().stream().mapToLong(Long::longValue).sum();
        return new StoreSummary(records, new StoreCounts(counts), digest.text(), List.of());
    }
}
