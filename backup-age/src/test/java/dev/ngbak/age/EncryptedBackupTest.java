package dev.ngbak.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.ArchiveCipher.Identity;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.CopyRequest;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backs up, lists and restores with encryption, as a server that encrypts only, and as one that has the identity. */
class EncryptedBackupTest {

    @TempDir
    private Path directory;

    private SecuredSystem system;
    private BackupManager server;
    private BackupManager owner;

    @BeforeEach
    void create() throws IOException {
        system = new SecuredSystem(directory);
        server = new BackupManager(system.encrypting());
        owner = new BackupManager(system.decrypting());
    }

    private static Job job() {
        return new Job(line -> {});
    }

    private static BackupException refusal(ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    /** Forgets what this machine knows about its archives. */
    private void forgetRecords() throws IOException {
        Path records = system.backups().resolve(".ngbak/verified");
        try (Stream<Path> files = Files.list(records)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void serverNeedsNoIdentityToMakeAVerifiedArchive() throws IOException {
        ArchiveInfo made = server.create("first", "a note", job());
        assertThat(made.encrypted()).isTrue();
        assertThat(made.manifest().statistics()).containsEntry("documents", 20L);
        assertThat(made.verification().ok()).isTrue();
        String bytes = Files.readString(system.archive("first"), StandardCharsets.ISO_8859_1);
        assertThat(bytes).startsWith("age-encryption.org/v1\n").doesNotContain("documents", "a note", "secret text");
    }

    @Test
    void ageAndTarReadAnArchive() throws Exception {
        Programs.require("age", "tar");
        server.create("first", null, job());
        Path key = directory.resolve("key.txt");
        Files.copy(Path.of(system.decrypting().text("BACKUP_IDENTITY_FILE")), key);
        Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
        assertThat(Programs.run(
                        "bash",
                        "-c",
                        "set -o pipefail; age -d -i \"$1\" \"$2\" | tar xz -C \"$3\"",
                        "bash",
                        key.toString(),
                        system.archive("first").toString(),
                        unpacked.toString()))
                .isEqualTo(0);
        assertThat(Files.readString(unpacked.resolve("kv/full_docs.json"))).contains("document 20");
        assertThat(unpacked.resolve("manifest.json")).exists();
    }

    @Test
    void archiveThatAgeEncryptedByHandIsRestored() throws Exception {
        Programs.require("age");
        SecuredSystem.backUp(system.plain(), "first");
        Path plain = Files.move(system.archive("first"), directory.resolve("plain"));
        assertThat(Programs.run(
                        "age",
                        "-r",
                        system.recipient(),
                        "-o",
                        system.archive("first").toString(),
                        plain.toString()))
                .isEqualTo(0);
        ArchiveInfo listed = server.list().get(0);
        assertThat(listed.encrypted()).isTrue();
        assertThat(listed.unreadable()).isNull();
        Map<String, String> before = system.content();
        system.documents(3);
        owner.restore("first");
        assertThat(system.content()).isEqualTo(before);
    }

    @Test
    void listWithoutIdentityShowsWhatTheMachineKnowsAndNothingElseOfForeignArchives() throws IOException {
        ArchiveInfo made = server.create("first", "a note", job());
        ArchiveInfo known = new BackupManager(system.encrypting()).list().get(0);
        assertThat(known.manifest()).isEqualTo(made.manifest());
        assertThat(known.signature()).isEqualTo(SignatureStatus.UNSIGNED);

        forgetRecords();
        ArchiveInfo foreign = new BackupManager(system.encrypting()).list().get(0);
        assertThat(foreign.encrypted()).isTrue();
        assertThat(foreign.manifest()).isNull();
        assertThat(foreign.unreadable()).isNull();
        assertThat(foreign.signature()).isNull();
        assertThat(foreign.createdAt()).isEqualTo(made.createdAt());

        assertThat(owner.list().get(0).manifest()).isEqualTo(made.manifest());
    }

    @Test
    void replacedArchiveLosesWhatTheMachineKnew() throws IOException {
        server.create("first", null, job());
        Files.write(system.archive("first"), new byte[] {0}, StandardOpenOption.APPEND);
        assertThat(new BackupManager(system.encrypting()).list().get(0).manifest())
                .isNull();
    }

    @Test
    void statisticsStayReadableIfTheSettingsSaySo() throws IOException {
        Settings readable = system.encrypting().with("BACKUP_ENCRYPT_MANIFEST", "false");
        new BackupManager(readable).create("first", "a note", job());
        forgetRecords();
        ArchiveInfo listed = new BackupManager(system.encrypting()).list().get(0);
        assertThat(listed.manifest().statistics()).containsEntry("documents", 20L);
        assertThat(listed.manifest().note()).isEqualTo("a note");
        assertThat(listed.manifest().system().name()).isEqualTo("nano-graphrag");
        assertThat(Files.readString(system.archive("first"), StandardCharsets.ISO_8859_1))
                .doesNotContain("secret text");
        owner.verify(owner.archive("first"), job());
    }

    @Test
    void everythingWorksWithTheIdentity() throws IOException {
        server.create("first", null, job());
        assertThat(owner.inspect(owner.archive("first")).manifest().files()).isNotEmpty();
        assertThat(owner.verify(owner.archive("first"), job()).archive().encrypted())
                .isTrue();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        owner.extract(owner.archive("first"), "kv/full_docs.json", out, job());
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("document 20");
        assertThat(owner.compare(owner.archive("first"), null, job()).stores().values())
                .allMatch(store -> store.content() == RestorePlan.Content.EQUAL);
        Map<String, String> before = system.content();
        system.documents(3);
        assertThat(owner.plan(RestoreRequest.builder("first").build()).problems())
                .isEmpty();
        owner.restore("first");
        assertThat(system.content()).isEqualTo(before);
    }

    @Test
    void everythingIsRefusedWithoutIdentityBeforeAStoreIsTouched() throws IOException {
        server.create("first", null, job());
        system.documents(3);
        Map<String, String> before = system.content();
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> server.inspect(server.archive("first")),
            () -> server.verify(server.archive("first"), job()),
            () -> server.extract(server.archive("first"), "kv/full_docs.json", new ByteArrayOutputStream(), job()),
            () -> server.compare(server.archive("first"), null, job()),
            () -> server.plan(RestoreRequest.builder("first").build()),
            () -> server.restore("first")
        }) {
            BackupException refusal = refusal(call);
            assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
            assertThat(refusal).hasMessageContaining("encrypted").hasMessageContaining("BACKUP_IDENTITY_FILE");
        }
        assertThat(system.content()).isEqualTo(before);
        assertThat(server.list()).hasSize(1);
        assertThat(server.list().get(0).verification().ok()).isTrue();
    }

    @Test
    void wrongIdentityIsRefusedAndDoesNotMakeTheArchiveDamaged() throws IOException {
        server.create("first", null, job());
        Identity other = new AgeCipher().newIdentity();
        BackupManager stranger = new BackupManager(system.encrypting()
                .with("BACKUP_IDENTITY_FILE", system.identityFile(other).toString()));
        system.documents(3);
        Map<String, String> before = system.content();
        BackupException refusal = refusal(() -> stranger.restore("first"));
        assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(refusal).hasMessageContaining("other identities than those in BACKUP_IDENTITY_FILE");
        assertThat(refusal.getMessage()).doesNotContain(other.secret().reveal());
        assertThat(system.content()).isEqualTo(before);
        assertThat(server.list().get(0).verification().ok()).isTrue();
    }

    @Test
    void serverWithoutIdentityCanGoBackToItsSafetyArchive() throws IOException {
        SecuredSystem.backUp(system.plain(), "first");
        system.documents(3);
        Map<String, String> before = system.content();
        RestoreResult result = server.restore("first");
        String safety = result.safetyArchive();
        assertThat(Files.readString(system.archive(safety), StandardCharsets.ISO_8859_1))
                .startsWith("age-encryption.org/v1");
        Path identity = system.backups().resolve(".ngbak/identities/" + safety + ".identity");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(identity)))
                .isEqualTo("rw-------");
        new BackupManager(system.encrypting()).restore(safety);
        assertThat(system.content()).isEqualTo(before);

        new BackupManager(system.encrypting()).delete(new BackupId(safety), job());
        server.create("second", null, job());
        assertThat(identity).doesNotExist();
    }

    @Test
    void ownerOpensASafetyArchiveOnAnotherMachine() throws IOException {
        SecuredSystem.backUp(system.plain(), "first");
        system.documents(3);
        String safety = server.restore("first").safetyArchive();
        Path elsewhere = Files.copy(system.archive(safety), directory.resolve("moved.ngbak"));
        assertThat(owner.inspect(owner.archive(elsewhere.toString())).manifest().statistics())
                .containsEntry("documents", 3L);
    }

    @Test
    void retentionCountsOwnArchivesAndNeverDeletesUnknownOnes() throws IOException {
        Settings keepOne = system.encrypting().with("BACKUP_RETENTION", "1");
        server.create("first", null, job());
        server.create("second", null, job());
        forgetRecords();
        new BackupManager(keepOne).create("third", null, job());
        assertThat(server.list()).extracting(ArchiveInfo::id).containsExactlyInAnyOrder("first", "second", "third");
        new BackupManager(keepOne).create("fourth", null, job());
        assertThat(server.list()).extracting(ArchiveInfo::id).containsExactlyInAnyOrder("first", "second", "fourth");
    }

    @Test
    void lossOfDataIsSeenInArchivesThatTheServerCannotRead() throws IOException {
        server.create("first", null, job());
        system.documents(3);
        server.create("second", null, job());
        assertThat(new BackupManager(system.encrypting()).dataLoss()).isPresent();
    }

    @Test
    void latestIsTheNewestOfTheSystemAlsoWithoutIdentity() throws IOException {
        server.create("first", null, job());
        assertThat(server.resolve("latest").text()).isEqualTo("first");
    }

    @Test
    void copyWithoutIdentityComparesBytes() throws IOException {
        server.create("first", null, job());
        forgetRecords();
        Path other = Files.createDirectory(directory.resolve("other"));
        CopyRequest request = CopyRequest.builder("first", other.toString()).build();
        assertThat(server.copy(request).isNew()).isTrue();
        assertThat(other.resolve("first.ngbak")).hasSameBinaryContentAs(system.archive("first"));
        assertThat(server.copy(request).isNew()).isFalse();
        assertThat(owner.copy(request).isNew()).isFalse();
    }

    @Test
    void changedPublicPartIsRefused() throws IOException {
        server.create("first", null, job());
        // Somebody else who knows the recipients can make an archive that says one thing and contains another.
        Path archive = system.archive("first");
        byte[] plain;
        try (var in = new AgeCipher()
                .decrypt(
                        Files.newInputStream(archive), List.of(system.identity().secret()))
                .content()) {
            plain = in.readAllBytes();
        }
        try (var channel = FileChannel.open(archive, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
                var encryption = new AgeCipher()
                        .encrypt(
                                channel,
                                List.of(system.recipient()),
                                "{\"format\":\"ngbak/1\",\"backup_id\":\"other\"}".getBytes(StandardCharsets.UTF_8))) {
            encryption.channel().write(ByteBuffer.wrap(plain));
            encryption.finish();
        }
        BackupException refusal = refusal(() -> owner.verify(owner.archive("first"), job()));
        assertThat(refusal.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(refusal).hasMessageContaining("clear text");
    }

    @Test
    void adaptedArchiveIsMadeFromAnEncryptedOne() throws IOException {
        server.create("first", null, job());
        Map<String, String> before = system.content();
        system.documents(3);
        owner.restore(RestoreRequest.builder("first")
                .target(new RestoreTarget(null, false, false, Map.of("/old", "/new")))
                .build());
        assertThat(system.content()).isEqualTo(before);
    }

    @Test
    void unusableKeysStopTheStartWithoutShowingThem() throws IOException {
        String secret = system.identity().secret().reveal();
        Path empty = Files.createFile(directory.resolve("empty"));
        Path protectedFile = Files.writeString(directory.resolve("protected"), "age-encryption.org/v1\n-> scrypt\n");
        Path confused = Files.writeString(directory.resolve("confused"), secret + "x\n");
        Map<String, String> unusable = Map.of(
                "BACKUP_ENCRYPTION_RECIPIENTS", secret,
                "BACKUP_ENCRYPTION_RECIPIENTS_FILE", empty.toString(),
                "BACKUP_SIGNING_KEY_FILE", empty.toString(),
                "BACKUP_TRUSTED_KEYS_FILE", empty.toString(),
                "BACKUP_ENCRYPT_MANIFEST", "perhaps");
        unusable.forEach((name, value) -> {
            BackupException refusal =
                    refusal(() -> new BackupManager(system.plain().with(name, value)));
            assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
            assertThat(refusal).hasMessageContaining(name);
            assertThat(refusal.getMessage()).doesNotContain(secret);
        });
        for (Path file : new Path[] {empty, protectedFile, confused, directory.resolve("missing")}) {
            BackupException refusal =
                    refusal(() -> new BackupManager(system.plain().with("BACKUP_IDENTITY_FILE", file.toString())));
            assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
            assertThat(refusal).hasMessageContaining("BACKUP_IDENTITY_FILE");
            assertThat(refusal.getMessage()).doesNotContain(secret);
        }
    }
}
