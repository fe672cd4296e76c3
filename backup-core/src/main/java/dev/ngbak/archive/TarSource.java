package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * The tar of an archive, unpacked and decrypted while it is read.
 *
 * @param decrypted the plain bytes of an encrypted archive, or {@code null}
 */
record TarSource(
        ReadableArchive archive, TarInput tar, @Nullable DecryptedArchive decrypted) implements Closeable {

    /** Opens the tar inside the plain bytes of an archive. Returns {@code null} if they are something else. */
    interface Opening {
        InputStream open(ReadableArchive archive) throws IOException;
    }

    /** @throws BackupException if there is no tar, or no key opens it */
    static TarSource open(ReadableArchive archive, Opening opening) {
        try {
            try {
                return new TarSource(archive, tar(archive, opening), null);
            } catch (Compression.EncryptedException e) {
                DecryptedArchive decrypted = new DecryptedArchive(archive);
                return new TarSource(archive, tar(decrypted, opening), decrypted);
            }
        } catch (NoSuchFileException e) {
            throw new BackupException(
                    Kind.NOT_FOUND,
                    "The archive " + archive.location() + " does not exist",
                    "Run ngbak list to see all archives");
        } catch (AccessDeniedException e) {
            throw new BackupException(
                    Kind.INVALID,
                    "This user may not read the archive " + ReadFailures.name(archive),
                    "Give the user that runs ngbak the right to read it",
                    e);
        } catch (IOException | RuntimeException e) {
            throw ReadFailures.translate(archive, e);
        }
    }

    private static TarInput tar(ReadableArchive archive, Opening opening) throws IOException {
        InputStream tar = opening.open(archive);
        if (tar == null) {
            throw new RefusedArchiveException(
                    archive.size() == 0
                            ? "the file is empty"
                            : "it is neither a tar nor a tar packed with gzip or zstd");
        }
        return new TarInput(tar);
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
