package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys with which this installation reads archives: those that decrypt, and those whose signatures it trusts. Immutable. */
public final class ArchiveKeys {

    /** Reads archives that are not encrypted, whoever signed them. */
    public static final ArchiveKeys NONE = new ArchiveKeys(null, List.of(), null, Map.of(), false, null);

    /** The suffix of the files with an identity for one archive. */
    public static final String OWN_IDENTITY_SUFFIX = ".identity";

    private final @Nullable ArchiveCipher cipher;
    private final List<Secret> identities;
    private final @Nullable Path ownIdentities;
    private final Map<String, PublicKey> trusted;
    private final boolean signatureRequired;
    private final byte @Nullable [] fileKey;

    private ArchiveKeys(
            @Nullable ArchiveCipher cipher,
            List<Secret> identities,
            @Nullable Path ownIdentities,
            Map<String, PublicKey> trusted,
            boolean signatureRequired,
            byte @Nullable [] fileKey) {
        this.cipher = cipher;
        this.identities = identities;
        this.ownIdentities = ownIdentities;
        this.trusted = trusted;
        this.signatureRequired = signatureRequired;
        this.fileKey = fileKey;
    }

    /**
     * Returns the keys of these settings.
     *
     * @param ownIdentities a directory with identities for single archives: {@code ID.identity}
     * @throws BackupException {@code INVALID} for an unusable key
     */
    public static ArchiveKeys of(Settings settings, Path ownIdentities) {
        List<PublicKey> trusted = KeySettings.trustedKeys(settings);
        PrivateKey signingKey = KeySettings.signingKey(settings);
        Map<String, PublicKey> known = new HashMap<>();
        if (trusted != null) {
            trusted.forEach(key -> known.put(Ed25519.id(key), key));
        }
        if (signingKey != null) {
            try {
                PublicKey own = Ed25519.publicKey(signingKey);
                known.put(Ed25519.id(own), own);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the signing key cannot be used", e);
            }
        }
        return new ArchiveKeys(
                ArchiveCipher.find().orElse(null),
                KeySettings.identities(settings),
                ownIdentities,
                known,
                trusted != null,
                null);
    }

    /** Returns keys that also open the one archive that has this key. */
    public ArchiveKeys withFileKey(byte[] key) {
        return new ArchiveKeys(cipher, identities, ownIdentities, trusted, signatureRequired, key);
    }

    /** Returns the same keys, but archives are accepted whoever signed them. */
    public ArchiveKeys acceptingAnySignature() {
        return new ArchiveKeys(cipher, identities, ownIdentities, trusted, false, fileKey);
    }

    /** Returns whether there is an identity that may open archives. */
    public boolean canDecrypt() {
        return !identities.isEmpty();
    }

    /** Returns whether archives without the signature of a trusted key are refused. */
    public boolean isSignatureRequired() {
        return signatureRequired;
    }

    /** Returns the archive to be read with these keys. */
    public ReadableArchive with(ReadableArchive archive) {
        return new KeyedArchive(archive, this);
    }

    /** Returns the archive to be read with these keys, unless it has keys already. */
    public ReadableArchive withDefault(ReadableArchive archive) {
        return archive.keys() == NONE ? with(archive) : archive;
    }

    /** Returns whether an archive was refused because of the keys of this installation, not because it is damaged. */
    public static boolean isReasonOf(BackupException failure) {
        return KeyProblem.isReasonOf(failure);
    }

    /**
     * Refuses an archive that has the name of another one, if signatures are required.
     *
     * @param id under which the archive was found
     */
    public void requireName(ReadableArchive archive, BackupId id, BackupId signed) {
        if (signatureRequired && !id.equals(signed)) {
            throw KeyProblem.renamed(archive, signed);
        }
    }

    /** Returns the public part of an encrypted archive, if it has one. */
    Optional<PublicInfo> info(ReadableArchive archive) throws IOException {
        if (cipher == null) {
            return Optional.empty();
        }
        try (var in = archive.read(0)) {
            Optional<byte[]> info = cipher.info(in);
            return info.isEmpty() ? Optional.empty() : Optional.of(PublicInfo.read(info.get()));
        }
    }

    /** Starts to decrypt an archive. */
    ArchiveCipher.Decrypted decrypt(ReadableArchive archive) throws IOException {
        if (cipher == null) {
            throw KeyProblem.noCipher(archive);
        }
        if (fileKey != null) {
            return cipher.decrypt(archive.read(0), fileKey);
        }
        List<Secret> all = new ArrayList<>(identities);
        ownIdentity(archive).ifPresent(all::add);
        if (all.isEmpty()) {
            throw KeyProblem.noIdentity(archive);
        }
        try {
            return cipher.decrypt(archive.read(0), all);
        } catch (ArchiveCipher.NoIdentityException e) {
            throw KeyProblem.wrongIdentity(archive);
        }
    }

    private Optional<Secret> ownIdentity(ReadableArchive archive) throws IOException {
        if (ownIdentities == null || !BackupId.isArchiveName(archive.name())) {
            return Optional.empty();
        }
        String id = BackupId.ofFileName(archive.name()).text();
        try {
            return Optional.of(new Secret(Files.readString(ownIdentities.resolve(id + OWN_IDENTITY_SUFFIX))
                    .strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns what the signature of a manifest proves.
     *
     * @throws RefusedArchiveException if a known key did not make the signature for this manifest
     */
    SignatureStatus status(@Nullable ManifestSignature signature) throws RefusedArchiveException {
        if (signature == null) {
            return SignatureStatus.UNSIGNED;
        }
        PublicKey key = trusted.get(signature.key());
        if (key == null) {
            return SignatureStatus.UNTRUSTED;
        }
        if (!signature.isValid(key)) {
            throw new RefusedArchiveException("its manifest is not the one that was signed");
        }
        return SignatureStatus.VALID;
    }

    /** Refuses an archive if signatures are required and its own is not valid. */
    void requireSignature(ReadableArchive archive, SignatureStatus status, @Nullable ManifestSignature signature) {
        if (signatureRequired && status != SignatureStatus.VALID) {
            throw signature == null ? KeyProblem.unsigned(archive) : KeyProblem.untrusted(archive, signature.key());
        }
    }
}
