package dev.ngbak.archive;

import com.github.luben.zstd.Zstd;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The compression of an archive's tar. */
public enum Compression {
    GZIP(new GzipCodec()),
    ZSTD(new ZstdCodec()),
    NONE(new StoredCodec());

    static final int BUFFER_BYTES = 1 << 16;

    /** In smaller archives, starting threads costs more than they save. */
    private static final int MIN_PARALLEL_BYTES = 4 * Block.SIZE;

    private static final int DETECTION_BYTES = 512;

    private static final byte[] ENCRYPTED = ArchiveCipher.MAGIC.getBytes(StandardCharsets.US_ASCII);

    /** Reports that the tar cannot be opened before the archive is decrypted. */
    static final class EncryptedException extends IOException {
        private static final long serialVersionUID = 1;

        EncryptedException() {
            super("it is encrypted");
        }
    }

    private final BlockCodec codec;

    Compression(BlockCodec codec) {
        this.codec = codec;
    }

    BlockCodec codec() {
        return codec;
    }

    /**
     * Opens the tar inside an archive to read all of it. Uses several threads if the archive is large.
     *
     * @param check called at every step; an exception from it stops the reading
     * @return the bytes of the tar, or {@code null} if the archive has none of the three forms
     * @throws EncryptedException if the archive is encrypted
     */
    static InputStream open(ReadableArchive archive, Runnable check) throws IOException {
        if (archive.size() >= MIN_PARALLEL_BYTES) {
            Compression form;
            try (InputStream in = archive.read(0)) {
                form = of(in.readNBytes(DETECTION_BYTES));
            }
            if (form != null && form.codec.isParallel()) {
                return new BlockInput(archive, form.codec, check);
            }
        }
        return open(archive.read(0), BUFFER_BYTES, check);
    }

    /**
     * Opens the tar inside an archive, and detects its form from its first bytes.
     *
     * @param archive closed with the result, and if this fails
     * @param bufferBytes the number of bytes to read and unpack at once, which may be more than the caller needs
     * @param check called at every step; an exception from it stops the reading
     * @return the bytes of the tar, or {@code null} if the bytes have none of the three forms
     */
    static InputStream open(InputStream archive, int bufferBytes, Runnable check) throws IOException {
        try {
            BufferedInputStream in = new BufferedInputStream(archive, bufferBytes);
            in.mark(DETECTION_BYTES);
            byte[] start = in.readNBytes(DETECTION_BYTES);
            in.reset();
            Compression form = of(start);
            if (form != null) {
                return new BufferedInputStream(new UnpackedInput(form.codec, in, check), bufferBytes);
            }
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
        archive.close();
        return null;
    }

    private static Compression of(byte[] start) throws EncryptedException {
        if (Arrays.equals(Arrays.copyOf(start, ENCRYPTED.length), ENCRYPTED)) {
            throw new EncryptedException();
        }
        if (start.length >= 2 && (start[0] & 0xff) == 0x1f && (start[1] & 0xff) == 0x8b) {
            return GZIP;
        }
        if (start.length >= 4) {
            int magic = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt();
            // A frame, or one of the sixteen skippable frames that some compressors write first: RFC 8878 §3.1.
            if (magic == Zstd.magicNumber() || (magic & 0xfffffff0) == 0x184d2a50) {
                return ZSTD;
            }
        }
        if (start.length < DETECTION_BYTES) {
            return null;
        }
        boolean ustar = new String(start, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
        // A tar older than POSIX has a checksum, but no magic.
        return ustar || TarHeader.hasValidChecksum(start) ? NONE : null;
    }
}
