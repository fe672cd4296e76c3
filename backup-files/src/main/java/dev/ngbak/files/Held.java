package dev.ngbak.files;

import dev.ngbak.spi.RecordVisitor;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;

/** Keeps what would else be hashed, for whoever wants to see it; nothing of what is longer than it may be. */
final class Held extends MessageDigest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;

    Held() {
        super("held");
    }

    /** What was given since the last time, or {@code null} where that is too long. */
    byte[] take() {
        byte[] taken = tooLong ? null : bytes.toByteArray();
        reset();
        return taken;
    }

    @Override
    protected void engineUpdate(byte input) {
        engineUpdate(new byte[] {input}, 0, 1);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        tooLong |= length > RecordVisitor.MAX_LENGTH - bytes.size();
        if (!tooLong) {
            bytes.write(input, offset, length);
        }
    }

    @Override
    protected byte[] engineDigest() {
        engineReset();
        return new byte[0];
    }

    @Override
    protected void engineReset() {
        bytes.reset();
        tooLong = false;
    }
}
