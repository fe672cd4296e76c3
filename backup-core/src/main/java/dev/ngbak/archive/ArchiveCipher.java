package dev.ngbak.archive;

import dev.ngbak.spi.Secret;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.WritableByteChannel;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts whole archives in the format of age. Found by {@link ServiceLoader}, so it has a public constructor without
 * parameters. Stateless and thread-safe.
 */
public interface ArchiveCipher {

    /** The beginning of every encrypted archive. */
    String MAGIC = "age-encryption.org/v1\n";

    /** A new pair of keys. */
    record Identity(Secret secret, String recipient) {}

    /**
     * An archive that is being decrypted.
     *
     * @param content the plain bytes; closing it closes the encrypted stream
     * @param info the public part, which the same keys authenticate; or {@code null} if there is none
     */
    record Decrypted(InputStream content, byte @Nullable [] info) {}

    /** An archive that is being encrypted. Closing it leaves the target open. */
    interface Encryption extends Closeable {

        /** Returns the channel for the plain bytes. */
        WritableByteChannel channel();

        /** Returns the key of this archive alone. The caller overwrites it after use. */
        byte[] fileKey();

        /** Writes the last bytes, without which nobody can decrypt the archive. */
        void finish() throws IOException;

        @Override
        void close();
    }

    /** Reports that none of the identities is one of a recipient of the archive. */
    final class NoIdentityException extends IOException {
        private static final long serialVersionUID = 1;

        public NoIdentityException() {
            super("no identity matches");
        }
    }

    boolean isRecipient(String text);

    boolean isIdentity(String text);

    Identity newIdentity();

    /**
     * Starts an archive.
     *
     * @param recipients whose identities will open it
     * @param info the public part, which everybody can read
     */
    Encryption encrypt(WritableByteChannel target, Collection<String> recipients, byte[] info) throws IOException;

    /**
     * Decrypts an archive. Reads no more than the beginning before the content is read.
     *
     * @param archive closed if this fails
     * @throws NoIdentityException if no identity opens it
     * @throws IOException if the archive is damaged
     */
    Decrypted decrypt(InputStream archive, List<Secret> identities) throws IOException;

    /** Decrypts an archive with its own key, like {@link #decrypt(InputStream, List)}. */
    Decrypted decrypt(InputStream archive, byte[] fileKey) throws IOException;

    /**
     * Returns the public part of an archive, which is not authenticated without a key.
     *
     * @throws IOException if the beginning of the archive is damaged
     */
    Optional<byte[]> info(InputStream archive) throws IOException;

    /** Returns the implementation on the class path. */
    static Optional<ArchiveCipher> find() {
        return ServiceLoader.load(ArchiveCipher.class).findFirst();
    }
}
