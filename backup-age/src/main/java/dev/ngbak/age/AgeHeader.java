package dev.ngbak.age;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * The beginning of an encrypted archive, up to the first encrypted chunk. Limits its size, because anybody may have written
 * it.
 *
 * @param bytes the header and the nonce of the payload
 */
record AgeHeader(byte[] bytes) {

    /** The type of the stanza with the public part of an archive. */
    static final String INFO_TYPE = "ngbak-info";

    /** The version of that stanza. */
    static final String INFO_VERSION = "1";

    /** Enough for some hundred recipients and the public part. */
    static final int MAX_BYTES = 64 << 10;

    private static final String INFO_LINE = "-> " + INFO_TYPE + " " + INFO_VERSION;
    private static final String END = "--- ";
    private static final int NONCE_BYTES = 16;

    /** The length of every line of a stanza's body but the last. */
    private static final int BODY_COLUMNS = 64;

    /** Reads a header, and nothing after it. */
    static AgeHeader read(InputStream archive) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        boolean last = false;
        while (!last) {
            StringBuilder line = new StringBuilder();
            int b;
            do {
                b = archive.read();
                if (b < 0 || header.size() == MAX_BYTES) {
                    throw new IOException(
                            b < 0
                                    ? "it ends in the header of its encryption"
                                    : "the header of its encryption exceeds 64 KiB");
                }
                header.write(b);
                line.append((char) b);
            } while (b != '\n');
            last = line.indexOf(END) == 0;
        }
        byte[] nonce = archive.readNBytes(NONCE_BYTES);
        if (nonce.length < NONCE_BYTES) {
            throw new IOException("it ends in the header of its encryption");
        }
        header.writeBytes(nonce);
        return new AgeHeader(header.toByteArray());
    }

    /** Returns the body of the only stanza with the public part, if there is one. */
    Optional<byte[]> info() throws IOException {
        String[] lines = new String(bytes, 0, bytes.length - NONCE_BYTES, StandardCharsets.ISO_8859_1).split("\n");
        byte[] info = null;
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].equals(INFO_LINE)) {
                if (info != null) {
                    throw new IOException("it has two public parts");
                }
                StringBuilder body = new StringBuilder();
                do {
                    i++;
                    body.append(i < lines.length ? lines[i] : "");
                } while (i < lines.length && lines[i].length() == BODY_COLUMNS);
                try {
                    info = Base64.getDecoder().decode(body.toString());
                } catch (IllegalArgumentException e) {
                    throw new IOException("its public part is not Base64", e);
                }
            }
        }
        return Optional.ofNullable(info);
    }
}
