package dev.ngbak.files;

import dev.ngbak.spi.support.MalformedContentException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Limits the bytes that an XML parser reads for one event. The JDK's parser hands out texts in pieces, but holds a tag, a
 * comment or a CDATA section in memory, and does not limit their length.
 */
final class XmlEventLimit extends FilterInputStream {

    private static final int MAX_LENGTH = 8 << 20;

    private long count;

    XmlEventLimit(InputStream in) {
        super(in);
    }

    /** Begins an event. */
    void restart() {
        count = 0;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        count += Math.max(n, 0);
        if (count > MAX_LENGTH) {
            throw new MalformedContentException(
                    "is not valid GraphML: it contains a tag, a comment or a CDATA section of" + " more than "
                            + (MAX_LENGTH >> 20) + " MiB");
        }
        return n;
    }
}
