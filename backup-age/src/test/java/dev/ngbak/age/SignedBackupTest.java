package dev.ngbak.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.VerificationReport;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signs archives, and refuses those that a trusted key did not sign before anything is changed. */
class SignedBackupTest {

    @TempDir
    private Path directory;

    private SecuredSystem system;
    private Path privateKey;
    private Path publicKey;
    private Settings signing;
    private BackupManager trusting;

    @BeforeEach
    void create() throws IOException {
        system = new SecuredSystem(directory);
        List<Path> key = system.signingKey();
        privateKey = key.get(0);
        publicKey = key.get(1);
        signing = system.plain().with("BACKUP_SIGNING_KEY_FILE", privateKey.toString());
        trusting = new BackupManager(system.plain().with("BACKUP_TRUSTED_KEYS_FILE", publicKey.toString()));
        SecuredSystem.backUp(signing, "signed");
    }

    private static Job job() {
        return new Job(line -> {});
    }

    /** Asserts that everything that reads an archive refuses it, and that the stores stay as they are. */
    private void assertRefused(String archive, String because) throws IOException {
        system.documents(3);
        Map<String, String> before = system.content();
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> trusting.verify(trusting.archive(archive), job()),
            () -> trusting.restore(archive),
            () -> trusting.plan(RestoreRequest.builder(archive).build()),
        }) {
            BackupException refusal = catchThrowableOfType(BackupException.class, call);
            assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(refusal).hasMessageContaining(because);
        }
        assertThat(system.content()).isEqualTo(before);
        assertThat(system.backups()).isDirectoryNotContaining("glob:**pre-restore*");
    }

    @Test
    void trustedSignatureIsValid() throws IOException {
        VerificationReport report = trusting.verify(trusting.archive("signed"), job());
        assertThat(report.archive().signature()).isEqualTo(SignatureStatus.VALID);
        assertThat(trusting.list().get(0).signature()).isEqualTo(SignatureStatus.VALID);
        Map<String, String> before = system.content();
        system.documents(3);
        trusting.restore("signed");
        assertThat(system.content()).isEqualTo(before);
    }

    @Test
    void ownKeyIsTrusted() throws IOException {
        Path others = system.signingKey().get(1);
        BackupManager own = new BackupManager(signing.with("BACKUP_TRUSTED_KEYS_FILE", others.toString()));
        assertThat(own.verify(own.archive("signed"), job()).archive().signature())
                .isEqualTo(SignatureStatus.VALID);
    }

    @Test
    void installationWithoutKeysReportsAnUnknownKey() {
        BackupManager any = new BackupManager(system.plain());
        assertThat(any.verify(any.archive("signed"), job()).archive().signature())
                .isEqualTo(SignatureStatus.UNTRUSTED);
        assertThat(any.list().get(0).signature()).isEqualTo(SignatureStatus.UNTRUSTED);
    }

    @Test
    void severalKeysCanBeTrusted() throws IOException {
        Path keys = directory.resolve("keys.pem");
        Files.writeString(keys, Files.readString(system.signingKey().get(1)) + "\n" + Files.readString(publicKey));
        BackupManager both = new BackupManager(system.plain().with("BACKUP_TRUSTED_KEYS_FILE", keys.toString()));
        assertThat(both.verify(both.archive("signed"), job()).archive().signature())
                .isEqualTo(SignatureStatus.VALID);
    }

    @Test
    void unsignedArchiveIsRefusedButListed() throws IOException {
        SecuredSystem.backUp(system.plain(), "unsigned");
        assertRefused("unsigned", "is not signed");
        assertThat(trusting.list())
                .anyMatch(archive -> archive.id().equals("unsigned")
                        && archive.signature() == SignatureStatus.UNSIGNED
                        && archive.verification().ok());
        assertThat(trusting.inspect(trusting.archive("unsigned")).signature()).isEqualTo(SignatureStatus.UNSIGNED);
        BackupException refusal = catchThrowableOfType(
                BackupException.class,
                () -> trusting.extract(
                        trusting.archive("unsigned"), "kv/full_docs.json", new ByteArrayOutputStream(), job()));
        assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void foreignSignatureIsRefused() throws IOException {
        Path foreign = system.signingKey().get(0);
        SecuredSystem.backUp(system.plain().with("BACKUP_SIGNING_KEY_FILE", foreign.toString()), "foreign");
        assertRefused("foreign", "is not one of BACKUP_TRUSTED_KEYS_FILE");
    }

    @Test
    void strippedSignatureIsRefused() throws IOException {
        RawArchive.read(system.archive("signed"))
                .withManifest(text -> text.substring(0, text.indexOf(",\n  \"signature\"")) + "\n}\n")
                .write(system.archive("signed"));
        assertRefused("signed", "is not signed");
    }

    @Test
    void changedManifestIsRefusedEvenWithoutTrustedKeysIfItsKeyIsKnown() throws IOException {
        RawArchive.read(system.archive("signed"))
                .withManifest(text -> text.replace("\"created_by\": \"ngbak", "\"created_by\": \"NGBAK"))
                .write(system.archive("signed"));
        BackupManager signer = new BackupManager(signing);
        BackupException refusal =
                catchThrowableOfType(BackupException.class, () -> signer.verify(signer.archive("signed"), job()));
        assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
        assertRefused("signed", "not the one that was signed");
    }

    @Test
    void replayedManifestIsRefusedBeforeOtherContent() throws IOException {
        byte[] old = RawArchive.read(system.archive("signed")).manifest();
        system.documents(7);
        SecuredSystem.backUp(signing, "newer");
        RawArchive.read(system.archive("newer")).withManifest(old).write(system.archive("signed"));
        assertRefused("signed", "but its manifest says");
    }

    @Test
    void oldArchiveUnderTheNameOfANewOneIsRefused() throws IOException {
        Files.copy(system.archive("signed"), system.archive("newer"));
        assertRefused("newer", "was signed as signed");
        Path file = Files.copy(system.archive("signed"), directory.resolve("copy.ngbak"));
        VerificationReport report = trusting.verify(trusting.archive(file.toString()), job());
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("renamed"));
    }

    @Test
    void malformedSignatureIsRefused() throws IOException {
        String[][] changes = {
            {"\"algorithm\": \"ed25519\"", "\"algorithm\": \"none\""},
            {"\"signature\": {", "\"signature\": {}, \"signature\": {"},
            {"\"signature\": {", "\"signature\": [], \"other\": {"},
            {"\"value\": \"", "\"value\": \"A"},
            {"\"key\": \"", "\"key\": \"0"},
        };
        byte[] good = Files.readAllBytes(system.archive("signed"));
        for (String[] change : changes) {
            Files.write(system.archive("signed"), good);
            RawArchive.read(system.archive("signed"))
                    .withManifest(text -> text.replace(change[0], change[1]))
                    .write(system.archive("signed"));
            assertRefused("signed", "the signature in its manifest cannot be used");
        }
    }

    @Test
    void signatureThatOccursTwiceIsRefused() throws IOException {
        RawArchive.read(system.archive("signed"))
                .withManifest(text -> {
                    int at = text.indexOf("\"value\": \"") + 10;
                    return text.replace("\"note\": null", "\"note\": \"" + text.substring(at, at + 88) + "\"");
                })
                .write(system.archive("signed"));
        assertRefused("signed", "does not occur exactly once");
    }

    @Test
    void opensslVerifiesTheSignature() throws Exception {
        Programs.require("openssl", "jq");
        Path manifest = Files.write(
                directory.resolve("manifest.json"),
                RawArchive.read(system.archive("signed")).manifest());
        String script = """
                set -euo pipefail
                value=$(jq -r .signature.value "$1")
                sed "s|$value|$(printf 'A%.0s' {1..88})|" "$1" >"$1.message"
                printf %s "$value" | base64 -d >"$1.signature"
                openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$1.message" -sigfile "$1.signature"
                test "$(openssl pkey -pubin -in "$2" -outform DER | sha256sum | cut -d ' ' -f 1)" = "$(jq -r .signature.key "$1")"
                """;
        assertThat(Programs.run("bash", "-c", script, "bash", manifest.toString(), publicKey.toString()))
                .isEqualTo(0);
        Files.writeString(manifest, Files.readString(manifest).replace("\"created_by\"", "\"Created_by\""));
        assertThat(Programs.run("bash", "-c", script, "bash", manifest.toString(), publicKey.toString()))
                .isNotEqualTo(0);
    }

    /** The sample reader was written from the specification of 0.1, which has no signatures. */
    @Test
    void readerOfTheFirstVersionReadsASignedArchive() throws Exception {
        Programs.require("python3");
        assertThat(Programs.run(
                        "python3",
                        "../samples/read_ngbak.py",
                        system.archive("signed").toString()))
                .isEqualTo(0);
    }

    @Test
    void keyOfOpensslSigns() throws Exception {
        Programs.require("openssl");
        Path key = directory.resolve("openssl.pem");
        assertThat(Programs.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key.toString()))
                .isEqualTo(0);
        Path trusted = directory.resolve("openssl.pub");
        assertThat(Programs.run("openssl", "pkey", "-in", key.toString(), "-pubout", "-out", trusted.toString()))
                .isEqualTo(0);
        SecuredSystem.backUp(system.plain().with("BACKUP_SIGNING_KEY_FILE", key.toString()), "by-openssl");
        BackupManager manager = new BackupManager(system.plain().with("BACKUP_TRUSTED_KEYS_FILE", trusted.toString()));
        assertThat(manager.verify(manager.archive("by-openssl"), job())
                        .archive()
                        .signature())
                .isEqualTo(SignatureStatus.VALID);
    }
}
