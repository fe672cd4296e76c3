package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;

/** Refusals whose reason are the keys of this installation, not damage of the archive. */
final class KeyProblem extends IOException {

    private static final long serialVersionUID = 1;

    private KeyProblem(String why) {
        super(why);
    }

    static boolean isReasonOf(BackupException failure) {
        return failure.getCause() instanceof KeyProblem;
    }

    private static BackupException of(Kind kind, ReadableArchive archive, String why, String remedy) {
        String problem = "The archive " + ReadFailures.name(archive) + " " + why;
        return new BackupException(kind, problem, remedy, new KeyProblem(why));
    }

    static BackupException noCipher(ReadableArchive archive) {
        return of(
                Kind.INVALID,
                archive,
                "is encrypted, but this installation cannot decrypt, because the module backup-age is missing",
                "Add the module backup-age to the class path");
    }

    static BackupException noIdentity(ReadableArchive archive) {
        return of(
                Kind.INVALID,
                archive,
                "is encrypted, and " + KeySettings.IDENTITY.name()
                        + " is not set, so its content can be neither read nor verified here",
                "Set " + KeySettings.IDENTITY.name() + " to a file with the identity of one of its recipients");
    }

    static BackupException wrongIdentity(ReadableArchive archive) {
        return of(
                Kind.CORRUPT,
                archive,
                "cannot be decrypted: it was encrypted for other identities than those in "
                        + KeySettings.IDENTITY.name() + ", or its beginning was changed",
                "Set " + KeySettings.IDENTITY.name() + " to the identity for which the archive was encrypted");
    }

    static BackupException unsigned(ReadableArchive archive) {
        return of(
                Kind.CORRUPT,
                archive,
                "is not signed, but " + KeySettings.TRUSTED.name() + " demands the signature of a trusted key",
                "Use a signed archive. If you know where this one comes from, unset " + KeySettings.TRUSTED.name()
                        + " for this command");
    }

    static BackupException untrusted(ReadableArchive archive, String key) {
        return of(
                Kind.CORRUPT,
                archive,
                "is signed with the key " + key + ", which is not one of " + KeySettings.TRUSTED.name(),
                "Use an archive that is signed with a trusted key. If you trust this key, add its public key to that file");
    }

    static BackupException renamed(ReadableArchive archive, BackupId signed) {
        return of(
                Kind.CORRUPT,
                archive,
                "was signed as " + signed + ": somebody gave it the name of another archive",
                "Rename it to " + signed.fileName() + ", or give its path instead of its id");
    }
}
