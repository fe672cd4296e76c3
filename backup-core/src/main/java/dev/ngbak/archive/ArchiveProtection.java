package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How new archives are encrypted and signed. Immutable. */
public final class ArchiveProtection {

    /** Neither encrypts nor signs. */
    public static final ArchiveProtection NONE = new ArchiveProtection(null, List.of(), false, null, null);

    /** The relative growth of an archive by encryption: 16 bytes for each 64 KiB. */
    private static final int CHUNKS_PER_GROWTH = 4096;

    private static final long MAX_HEADER_BYTES = 64 << 10;

    private final @Nullable ArchiveCipher cipher;
    private final List<String> recipients;
    private final boolean listed;
    private final @Nullable PrivateKey signingKey;
    private final @Nullable PublicKey publicKey;

    private ArchiveProtection(
            @Nullable ArchiveCipher cipher,
            List<String> recipients,
            boolean listed,
            @Nullable PrivateKey signingKey,
            @Nullable PublicKey publicKey) {
        this.cipher = cipher;
        this.recipients = recipients;
        this.listed = listed;
        this.signingKey = signingKey;
        this.publicKey = publicKey;
    }

    /**
     * Returns what the settings say.
     *
     * @throws BackupException {@code INVALID} for an unusable key
     */
    public static ArchiveProtection of(Settings settings) {
        List<String> recipients = KeySettings.recipients(settings);
        boolean listed = !settings.flag(
                KeySettings.ENCRYPT_MANIFEST.name(), Boolean.parseBoolean(KeySettings.ENCRYPT_MANIFEST.defaultValue()));
        PrivateKey key = KeySettings.signingKey(settings);
        try {
            return new ArchiveProtection(
                    recipients.isEmpty() ? null : ArchiveCipher.find().orElseThrow(),
                    recipients,
                    listed,
                    key,
                    key == null ? null : Ed25519.publicKey(key));
        } catch (GeneralSecurityException e) {
            throw new BackupException(
                    BackupException.Kind.INVALID,
                    KeySettings.SIGNING_KEY.name() + " names a key that this Java cannot use",
                    "Use another Java, or unset " + KeySettings.SIGNING_KEY.name(),
                    e);
        }
    }

    public boolean encrypts() {
        return cipher != null;
    }

    public boolean signs() {
        return signingKey != null;
    }

    /** Returns the recipients for messages: the beginning of each. */
    public List<String> shownRecipients() {
        return recipients.stream().map(KeySettings::shown).toList();
    }

    /** A protection with one more recipient, whose identity only this process knows. */
    public record WithIdentity(ArchiveProtection protection, ArchiveCipher.Identity identity) {}

    /** Returns a protection that encrypts for a new recipient too. It must encrypt already. */
    public WithIdentity withNewIdentity() {
        ArchiveCipher.Identity identity = cipher.newIdentity();
        List<String> more = new ArrayList<>(recipients);
        more.add(identity.recipient());
        return new WithIdentity(
                new ArchiveProtection(cipher, List.copyOf(more), listed, signingKey, publicKey), identity);
    }

    /** Returns the JSON of a manifest as the archive contains it: with a signature if this signs. */
    public String manifestText(Manifest manifest) {
        return signingKey == null ? manifest.text() : ManifestSignature.addTo(manifest.text(), signingKey, publicKey);
    }

    /** Returns the size of an archive with this protection. */
    public long expectedBytes(long plainBytes) {
        return encrypts() ? plainBytes + plainBytes / CHUNKS_PER_GROWTH + MAX_HEADER_BYTES : plainBytes;
    }

    /**
     * Starts an archive.
     *
     * @param manifest the JSON that {@link #manifestText} returned
     * @param target stays open
     */
    public Output start(String manifest, WritableByteChannel target) throws IOException {
        return new Output(
                target, cipher == null ? null : cipher.encrypt(target, recipients, PublicInfo.of(manifest, listed)));
    }

    /** An archive that is being written. Closing it forgets the key of the archive. */
    public static final class Output implements Closeable {

        private final WritableByteChannel target;
        private final ArchiveCipher.@Nullable Encryption encryption;

        private Output(WritableByteChannel target, ArchiveCipher.@Nullable Encryption encryption) {
            this.target = target;
            this.encryption = encryption;
        }

        /** Returns the channel for the plain bytes of the archive. */
        public WritableByteChannel channel() {
            return encryption == null ? target : encryption.channel();
        }

        /** Returns keys that can read the archive back until this is closed. */
        public ArchiveKeys keys(ArchiveKeys own) {
            ArchiveKeys any = own.acceptingAnySignature();
            return encryption == null ? any : any.withFileKey(encryption.fileKey());
        }

        /** Writes the last bytes. */
        public void finish() throws IOException {
            if (encryption != null) {
                encryption.finish();
            }
        }

        @Override
        public void close() {
            if (encryption != null) {
                encryption.close();
                Arrays.fill(encryption.fileKey(), (byte) 0);
            }
        }
    }
}
