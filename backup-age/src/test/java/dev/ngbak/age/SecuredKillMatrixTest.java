package dev.ngbak.age;

import dev.ngbak.testkit.KillMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills restores of an encrypted and signed archive. The rollback has to read a safety archive that is encrypted, and that an
 * installation without a signing key could not sign.
 */
class SecuredKillMatrixTest {

    @TempDir
    private Path directory;

    private record Scene(SecuredSystem system, Map<String, String> settings) implements KillMatrix.Scene {

        @Override
        public void makeNew() throws IOException {
            system.documents(300);
            Files.deleteIfExists(system.working().resolve("kv_store_community_reports.json"));
        }

        @Override
        public void makeOld() throws IOException {
            system.documents(200);
            Files.writeString(system.working().resolve("kv_store_community_reports.json"), "{\"r\": {}}");
        }

        @Override
        public Object picture() throws IOException {
            return system.content();
        }

        @Override
        public List<String> leftovers() throws IOException {
            return system.content().keySet().stream()
                    .filter(name -> name.startsWith("."))
                    .toList();
        }
    }

    @Test
    void killedRestoreOfAnEncryptedArchiveNeverLeavesAMix() throws Exception {
        SecuredSystem system = new SecuredSystem(directory);
        Map<String, String> settings = new HashMap<>();
        for (String name : system.decrypting().names()) {
            settings.put(name, system.decrypting().text(name, ""));
        }
        settings.remove("BACKUP_DIR");
        settings.put("BACKUP_SIGNING_KEY_FILE", system.signingKey().get(0).toString());
        settings.put("BACKUP_TRUSTED_KEYS_FILE", system.signingKey().get(1).toString());
        new KillMatrix(Files.createDirectory(directory.resolve("home")), new Scene(system, settings))
                .killAtSomeRecords(3, 1);
    }
}
