package dev.ngbak.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.SignatureStatus;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads the archive of the first version that encrypted and signed. Its README.md tells about the files. */
class GoldenArchiveTest {

    private static final String NAME = "ngbak-1-age-signed";

    @TempDir
    private Path directory;

    private SecuredSystem system;
    private BackupManager manager;

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(GoldenArchiveTest.class.getResource("/golden/" + name).toURI());
    }

    @BeforeEach
    void create() throws Exception {
        system = new SecuredSystem(directory);
        Settings settings = system.plain()
                .with("BACKUP_IDENTITY_FILE", golden("identity.txt").toString())
                .with("BACKUP_TRUSTED_KEYS_FILE", golden("trusted.pem").toString());
        manager = new BackupManager(settings);
        Files.createDirectories(system.backups());
        Files.copy(golden(NAME + ".ngbak"), system.archive(NAME));
    }

    @Test
    void archiveIsVerifiedAndRestored() throws IOException {
        ArchiveInfo archive =
                manager.verify(manager.archive(NAME), new Job(line -> {})).archive();
        assertThat(archive.encrypted()).isTrue();
        assertThat(archive.signature()).isEqualTo(SignatureStatus.VALID);
        assertThat(archive.manifest().note()).isEqualTo("encrypted and signed");
        assertThat(archive.manifest().statistics())
                .containsEntry("documents", 5L)
                .containsEntry("chunks", 29L);
        manager.restore(NAME);
        assertThat(system.content().get("kv_store_full_docs.json")).contains("doc-");
    }

    @Test
    void damageAtAnyPlaceIsRefused() throws IOException {
        byte[] good = Files.readAllBytes(system.archive(NAME));
        for (int at = 0; at < good.length; at += at < 700 ? 7 : 997) {
            byte[] damaged = good.clone();
            damaged[at] ^= 1;
            assertRefused(damaged, "byte " + at + " changed");
        }
        for (int length = 0; length < good.length; length += length < 700 ? 50 : 4999) {
            assertRefused(Arrays.copyOf(good, length), "cut to " + length);
        }
        assertRefused(Arrays.copyOf(good, good.length - 1), "last byte cut");
    }

    private void assertRefused(byte[] archive, String what) throws IOException {
        Files.write(system.archive(NAME), archive);
        BackupException refusal = catchThrowableOfType(BackupException.class, () -> manager.restore(NAME));
        assertThat(refusal).as(what).isNotNull();
        assertThat(refusal.kind()).as(what).isEqualTo(Kind.CORRUPT);
        assertThat(system.content().get("kv_store_text_chunks.json")).contains("secret text");
    }
}
