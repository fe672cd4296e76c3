package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Optional;

/** Digests the bytes of one value after the other, keeps them, or drops them, as a record handler requires. */
final class CapturedValue extends OutputStream {

    private final Detail detail;
    private final MessageDigest digest = ContentDigest.sha256();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;

    CapturedValue(Detail detail) {
        this.detail = detail;
    }

    /** Begins the next value. */
    void begin() {
        digest.reset();
        bytes.reset();
        tooLong = false;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) {
        if (detail.hasDigests()) {
            digest.update(from, offset, length);
        }
        if (detail.hasContent()) {
            tooLong |= length > RecordVisitor.MAX_LENGTH - bytes.size();
            if (!tooLong) {
                bytes.write(from, offset, length);
            }
        }
    }

    /** Returns the SHA-256 of the value. Call it once for each value, and only if the handler uses digests. */
    byte[] digest() {
        return digest.digest();
    }

    /** Returns the value, or empty if it is longer than a visitor accepts. Only if the handler uses content. */
    Optional<byte[]> bytes() {
        return tooLong ? Optional.empty() : Optional.of(bytes.toByteArray());
    }
}
