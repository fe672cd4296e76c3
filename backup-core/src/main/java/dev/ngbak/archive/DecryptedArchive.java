package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The plain bytes of an encrypted archive. Its size is that of the encrypted file, which is a little larger. */
final class DecryptedArchive extends ForwardingArchive {

    private byte @Nullable [] info;
    private boolean opened;

    DecryptedArchive(ReadableArchive archive) {
        super(archive);
    }

    /** Returns the public part, which the keys authenticated; {@code null} if there is none. Read something first. */
    synchronized byte @Nullable [] info() {
        return info;
    }

    /** Returns no keys, because the bytes are plain. */
    @Override
    public ArchiveKeys keys() {
        return ArchiveKeys.NONE;
    }

    /** Decrypts from the beginning, because nobody reads archives from the middle. */
    @Override
    public InputStream read(long offset) throws IOException {
        ArchiveCipher.Decrypted decrypted = archive().keys().decrypt(archive());
        InputStream content = decrypted.content();
        try {
            keep(decrypted.info());
            content.skipNBytes(offset);
            return content;
        } catch (IOException | RuntimeException e) {
            content.close();
            throw e;
        }
    }

    private synchronized void keep(byte @Nullable [] read) throws IOException {
        if (opened && !Arrays.equals(info, read)) {
            throw new RefusedArchiveException("it was replaced while it was read");
        }
        info = read;
        opened = true;
    }
}
