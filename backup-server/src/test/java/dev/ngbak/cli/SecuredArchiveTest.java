package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.archive.ArchiveCipher;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shows encrypted and signed archives, and refuses them with the right exit code. */
class SecuredArchiveTest {

    @TempDir
    Path temp;

    private final ArchiveCipher cipher = ArchiveCipher.find().orElseThrow();
    private final ArchiveCipher.Identity identity = cipher.newIdentity();
    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void backUp() throws Exception {
        settings.put(
                "WORKING_DIR",
                WorkingFolders.make(temp.resolve("working_dir"), 4, 1).toString());
        settings.put("BACKUP_DIR", temp.resolve("backups").toString());
        settings.put("BACKUP_ENCRYPTION_RECIPIENTS", identity.recipient());
        assertThat(run("backup", "--id", "first").code()).isZero();
    }

    private CommandResult run(String... arguments) {
        return CommandRun.run(settings, arguments);
    }

    private JsonNode json(String... arguments) throws IOException {
        CommandResult command = run(arguments);
        assertThat(command.code()).as(command.err()).isZero();
        return new ObjectMapper()
                .readTree(command.out().lines().reduce((first, last) -> last).orElseThrow());
    }

    private void useIdentity(ArchiveCipher.Identity used) throws IOException {
        Path file =
                Files.writeString(temp.resolve("identity.txt"), used.secret().reveal() + "\n");
        settings.put("BACKUP_IDENTITY_FILE", file.toString());
    }

    private void forgetRecords() throws IOException {
        Files.delete(temp.resolve("backups/.ngbak/verified/first.json"));
    }

    @Test
    void listShowsWhatIsKnown() throws IOException {
        JsonNode known = json("list", "--json").path("backups").get(0);
        assertThat(known.path("encrypted").booleanValue()).isTrue();
        assertThat(known.path("signature").textValue()).isEqualTo("unsigned");
        assertThat(known.path("statistics").path("documents").asInt()).isPositive();
        assertThat(run("list").out()).contains(", encrypted");

        forgetRecords();
        JsonNode unknown = json("list", "--json").path("backups").get(0);
        assertThat(unknown.path("encrypted").booleanValue()).isTrue();
        assertThat(unknown.path("signature").isNull()).isTrue();
        assertThat(unknown.has("statistics")).isFalse();
        assertThat(unknown.has("status")).isFalse();
        assertThat(run("list").out()).contains("set BACKUP_IDENTITY_FILE to see more");
    }

    @Test
    void missingIdentityIsAWrongSetting() throws IOException {
        for (String command : new String[] {"verify", "inspect", "check", "restore"}) {
            CommandResult refused = command.equals("restore") ? run(command, "first", "--yes") : run(command, "first");
            assertThat(refused.code()).as(command).isEqualTo(ExitCode.USAGE);
            assertThat(refused.err()).as(command).contains("BACKUP_IDENTITY_FILE");
        }
        useIdentity(identity);
        assertThat(run("verify", "first").code()).isZero();
        assertThat(run("inspect", "first").out()).contains("Encrypted: yes");
        assertThat(run("doctor").out()).contains("BACKUP_IDENTITY_FILE opens the newest encrypted archive, first.");
    }

    @Test
    void wrongIdentityIsADamagedArchive() throws IOException {
        useIdentity(cipher.newIdentity());
        assertThat(run("restore", "first", "--yes").code()).isEqualTo(ExitCode.DAMAGED);
        assertThat(run("verify", "first").code()).isEqualTo(ExitCode.DAMAGED);
        assertThat(run("doctor").code()).isEqualTo(ExitCode.DAMAGED);
    }

    @Test
    void unsignedArchiveIsRefusedIfSignaturesAreRequired() throws Exception {
        useIdentity(identity);
        settings.put("BACKUP_TRUSTED_KEYS_FILE", publicKey().toString());
        CommandResult refused = run("restore", "first", "--yes");
        assertThat(refused.code()).isEqualTo(ExitCode.DAMAGED);
        assertThat(refused.err()).contains("is not signed", "BACKUP_TRUSTED_KEYS_FILE", "Nothing was changed");
        assertThat(run("doctor").out()).contains("new archives are not signed");
    }

    private Path publicKey() throws GeneralSecurityException, IOException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String der = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
        return Files.writeString(
                temp.resolve("trusted.pem"), "-----BEGIN PUBLIC KEY-----\n" + der + "\n-----END PUBLIC KEY-----\n");
    }

    @Test
    void identityBesideTheArchivesIsAWarning() throws IOException {
        Path file = Files.writeString(
                temp.resolve("backups/identity.txt"), identity.secret().reveal() + "\n");
        settings.put("BACKUP_IDENTITY_FILE", file.toString());
        assertThat(run("doctor").out()).contains("BACKUP_IDENTITY_FILE is in BACKUP_DIR");
    }
}
