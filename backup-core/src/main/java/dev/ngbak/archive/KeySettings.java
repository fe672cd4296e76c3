package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The settings for the encryption and the signatures of archives. Every unusable key stops the start. */
public final class KeySettings {

    static final SettingSpec RECIPIENTS = SettingSpec.plain(
            "BACKUP_ENCRYPTION_RECIPIENTS",
            null,
            "The age recipients (`age1…`) that can decrypt new archives, separated by commas or spaces. Without it, archives are"
                    + " not encrypted. See [ENCRYPTION.md](ENCRYPTION.md).");

    static final SettingSpec RECIPIENTS_FILE = SettingSpec.path(
            "BACKUP_ENCRYPTION_RECIPIENTS_FILE",
            null,
            "A file with these recipients, one on each line, instead. Lines that begin with `#` are comments.");

    static final SettingSpec IDENTITY = SettingSpec.path(
            "BACKUP_IDENTITY_FILE",
            null,
            "The file with the age identities (`AGE-SECRET-KEY-1…`) that decrypt archives, as `age-keygen` writes it. A backup"
                    + " does not need it.");

    static final SettingSpec ENCRYPT_MANIFEST = SettingSpec.plain(
            "BACKUP_ENCRYPT_MANIFEST",
            "true",
            "Whether the statistics, names and notes of encrypted archives are encrypted too. `false`: everybody who can read an"
                    + " archive can read them, so lists show them without an identity.");

    static final SettingSpec SIGNING_KEY = SettingSpec.path(
            "BACKUP_SIGNING_KEY_FILE",
            null,
            "The file with the private Ed25519 key that signs new archives, as `openssl genpkey -algorithm ed25519` writes it.");

    static final SettingSpec TRUSTED = SettingSpec.path(
            "BACKUP_TRUSTED_KEYS_FILE",
            null,
            "A file with public Ed25519 keys in PEM. If it is set, archives that are not signed with one of them, or with"
                    + " `BACKUP_SIGNING_KEY_FILE`, are refused.");

    /** All settings for encryption and signatures. */
    public static final List<SettingSpec> ALL =
            List.of(RECIPIENTS, RECIPIENTS_FILE, IDENTITY, ENCRYPT_MANIFEST, SIGNING_KEY, TRUSTED);

    private static final long MAX_FILE_BYTES = 1 << 20;

    /** The header of an archive has room for more. */
    private static final int MAX_RECIPIENTS = 100;

    /** Long enough to recognize a recipient. */
    private static final int SHOWN_CHARACTERS = 12;

    private KeySettings() {}

    /** Returns the path of the file with the identities. */
    public static Optional<Path> identityFile(Settings settings) {
        return IDENTITY.text(settings).map(any -> settings.path(IDENTITY.name(), ""));
    }

    static List<String> recipients(Settings settings) {
        String direct = RECIPIENTS.text(settings).orElse(null);
        String file = read(RECIPIENTS_FILE, settings);
        if (direct != null && file != null) {
            throw new BackupException(
                    Kind.INVALID,
                    RECIPIENTS.name() + " and " + RECIPIENTS_FILE.name() + " are both set",
                    "Set one of the two");
        }
        String name = file == null ? RECIPIENTS.name() : RECIPIENTS_FILE.name();
        List<String> recipients = file != null ? lines(file) : direct == null ? List.of() : words(direct);
        if (recipients.isEmpty() && (file != null || direct != null)) {
            throw new BackupException(
                    Kind.INVALID, name + " contains no recipient", "Add one that begins with age1, or unset it");
        }
        if (recipients.isEmpty()) {
            return recipients;
        }
        if (recipients.size() > MAX_RECIPIENTS) {
            throw new BackupException(
                    Kind.INVALID,
                    name + " contains " + recipients.size() + " recipients",
                    "Use at most " + MAX_RECIPIENTS);
        }
        ArchiveCipher cipher = cipher(name);
        for (String recipient : recipients) {
            if (!cipher.isRecipient(recipient)) {
                throw notARecipient(name, recipient);
            }
        }
        return List.copyOf(recipients);
    }

    /** Never shows what may be an identity that somebody confused with a recipient. */
    private static BackupException notARecipient(String name, String text) {
        boolean isPublic = text.startsWith("age1");
        String shown = isPublic ? " (" + SafeText.quoted(shown(text)) + ")" : "";
        return new BackupException(
                Kind.INVALID,
                name + " contains something that is not an X25519 recipient of age" + shown,
                "Each recipient is the public key that age-keygen prints, and begins with age1. ngbak does not support"
                        + " recipients of plugins, and SSH keys");
    }

    static String shown(String recipient) {
        return recipient.substring(0, Math.min(SHOWN_CHARACTERS, recipient.length())) + "…";
    }

    static List<Secret> identities(Settings settings) {
        String file = read(IDENTITY, settings);
        if (file == null) {
            return List.of();
        }
        if (file.startsWith(ArchiveCipher.MAGIC.strip()) || file.startsWith("-----BEGIN AGE ENCRYPTED FILE-----")) {
            throw new BackupException(
                    Kind.INVALID,
                    IDENTITY.name() + " names a file that is protected by a passphrase, which ngbak cannot ask for",
                    "Decrypt it with age -d into a file that only this user can read, and set " + IDENTITY.name()
                            + " to that");
        }
        ArchiveCipher cipher = cipher(IDENTITY.name());
        List<Secret> identities = new ArrayList<>();
        for (String line : lines(file)) {
            if (!cipher.isIdentity(line)) {
                throw new BackupException(
                        Kind.INVALID,
                        IDENTITY.name() + " names a file with a line that is not an X25519 identity of age",
                        "Each line that is not a comment begins with AGE-SECRET-KEY-1, as age-keygen writes it. ngbak does not"
                                + " support identities of plugins, and SSH keys");
            }
            identities.add(new Secret(line));
        }
        if (identities.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    IDENTITY.name() + " names a file without an identity",
                    "Name a file that age-keygen wrote");
        }
        return List.copyOf(identities);
    }

    static @Nullable PrivateKey signingKey(Settings settings) {
        String pem = read(SIGNING_KEY, settings);
        try {
            return pem == null ? null : Ed25519.privateKey(pem);
        } catch (GeneralSecurityException e) {
            throw new BackupException(
                    Kind.INVALID,
                    SIGNING_KEY.name() + " names a file that is not a private Ed25519 key in PEM",
                    "Make one with openssl genpkey -algorithm ed25519, without a passphrase",
                    e);
        }
    }

    /** Returns the trusted keys, or {@code null} if every archive is accepted. */
    static @Nullable List<PublicKey> trustedKeys(Settings settings) {
        String pem = read(TRUSTED, settings);
        if (pem == null) {
            return null;
        }
        List<PublicKey> keys = List.of();
        GeneralSecurityException failure = null;
        try {
            keys = Ed25519.publicKeys(pem);
        } catch (GeneralSecurityException e) {
            failure = e;
        }
        if (keys.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    TRUSTED.name() + " names a file that does not consist of public Ed25519 keys in PEM",
                    "Write each key with openssl pkey -in PRIVATE-KEY -pubout",
                    failure);
        }
        return keys;
    }

    private static ArchiveCipher cipher(String name) {
        return ArchiveCipher.find()
                .orElseThrow(() -> new BackupException(
                        Kind.INVALID,
                        name
                                + " is set, but this installation cannot encrypt, because the module backup-age is missing",
                        "Add the module backup-age to the class path, or unset " + name));
    }

    private static List<String> words(String text) {
        return List.of(text.split("[,\\s]+")).stream()
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static List<String> lines(String file) {
        return file.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private static @Nullable String read(SettingSpec setting, Settings settings) {
        String value = setting.text(settings).orElse(null);
        if (value == null) {
            return null;
        }
        try {
            Path file = settings.path(setting.name(), "");
            if (Files.size(file) <= MAX_FILE_BYTES) {
                return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            }
        } catch (IOException | InvalidPathException e) {
            // Reported below, as for a file that is too large.
        }
        throw Settings.unusable(setting.name(), value, "the path of a readable file of at most 1 MiB");
    }
}
