package com.example.docs;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;

/**
 * One document. Its canonical bytes are its namespace, key, size and content. The content is read only once, so the record
 * keeps only the detail that the handler needs: a digest, the content itself, or both.
 */
final class DocumentRecord implements StoredRecord {

    private static final int BLOCK = 1 << 16;

    private final String namespace;
    private final String key;
    private final long size;
    private final MessageDigest digest;
    private final ByteArrayOutputStream content;

    DocumentRecord(String namespace, String key, long size, Detail detail) {
        this.namespace = namespace;
        this.key = key;
        this.size = size;
        digest = detail.hasDigests() ? ContentDigest.sha256() : null;
        content = detail.hasContent() && size <= RecordVisitor.MAX_LENGTH ? new ByteArrayOutputStream() : null;
        if (digest != null) {
            ContentDigest.field(digest, namespace);
            ContentDigest.field(digest, key);
            ContentDigest.number(digest, size);
        }
    }

    String key() {
        return key;
    }

    long size() {
        return size;
    }

    /** Copies the content. Must be called before the record is passed to a handler. */
    void copy(InputStream in, OutputStream out, ProgressMeter meter) throws IOException {
        byte[] block = new byte[(int) Math.min(BLOCK, size)];
        for (long left = size; left > 0; ) {
            int n = in.read(block, 0, (int) Math.min(block.length, left));
            if (n < 0) {
                throw new EOFException();
            }
            if (digest != null) {
                digest.update(block, 0, n);
            }
            if (content != null) {
                content.write(block, 0, n);
            }
            out.write(block, 0, n);
            meter.bytes(n);
            left -= n;
        }
        meter.record(0);
    }

    @Override
    public String countedAs() {
        return namespace;
    }

    @Override
    public byte[] digest() {
        return digest.digest();
    }

    @Override
    public void show(RecordVisitor visitor) throws IOException {
        visitor.entry(namespace, key, content == null ? null : content.toByteArray(), RecordVisitor.NEVER);
    }
}
