package dev.ngbak.age;

import dev.ngbak.archive.ArchiveCipher.Identity;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A small system in files, with keys for its archives. Each manager is another installation of the same settings. */
final class SecuredSystem {

    private final Path directory;
    private final Path working;
    private final Identity identity = new AgeCipher().newIdentity();

    SecuredSystem(Path directory) throws IOException {
        this.directory = directory;
        this.working = Files.createDirectories(directory.resolve("working_dir"));
        documents(20);
        Files.writeString(
                working.resolve("kv_store_text_chunks.json"), "{\"chunk-1\": {\"content\": \"secret text\"}}");
    }

    /** Replaces the documents. */
    void documents(int number) throws IOException {
        Files.writeString(
                working.resolve("kv_store_full_docs.json"),
                Stream.iterate(1, n -> n <= number, n -> n + 1)
                        .map(n -> "\"doc-" + n + "\": {\"content\": \"document " + n + "\"}")
                        .collect(Collectors.joining(", ", "{", "}")));
    }

    Path working() {
        return working;
    }

    Path backups() {
        return directory.resolve("backups");
    }

    Path archive(String id) {
        return backups().resolve(id + ".ngbak");
    }

    Identity identity() {
        return identity;
    }

    String recipient() {
        return identity.recipient();
    }

    /** Returns settings that neither encrypt nor sign. */
    Settings plain() {
        return Settings.of(Map.of(
                "WORKING_DIR", working.toString(), "BACKUP_DIR", backups().toString()));
    }

    /** Returns settings of a server that encrypts and cannot decrypt. */
    Settings encrypting() {
        return plain().with("BACKUP_ENCRYPTION_RECIPIENTS", identity.recipient());
    }

    /** Returns settings that decrypt. */
    Settings decrypting() throws IOException {
        return encrypting().with("BACKUP_IDENTITY_FILE", identityFile(identity).toString());
    }

    Path identityFile(Identity of) throws IOException {
        Path file = Files.createTempFile(directory, "identity", ".txt");
        Files.writeString(
                file, "# public key: " + of.recipient() + "\n" + of.secret().reveal() + "\n");
        return file;
    }

    /** Returns the files of a new signing key: the private one, then the public one. */
    List<Path> signingKey() throws IOException {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return List.of(
                    pem("PRIVATE KEY", pair.getPrivate().getEncoded()),
                    pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path pem(String type, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        Path file = Files.createTempFile(directory, "key", ".pem");
        return Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }

    /** Makes an archive as a server with these settings does. */
    static void backUp(Settings settings, String id) {
        try (BackupManager manager = new BackupManager(settings)) {
            manager.create(id, null, new Job(line -> {}));
        }
    }

    /** Returns the content of all files of the system by name. */
    Map<String, String> content() throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.list(working)) {
            for (Path file : files.toList()) {
                content.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return content;
    }
}
