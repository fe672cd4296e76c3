package dev.ngbak.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingRestoreSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rolls back to a safety archive that is encrypted and not signed, where only signed archives are accepted and nothing decrypts. */
class SecuredRollbackTest {

    @TempDir
    private Path directory;

    private SecuredSystem system;
    private Settings server;
    private Map<String, String> before;

    @BeforeEach
    void create() throws IOException {
        system = new SecuredSystem(directory);
        List<Path> key = system.signingKey();
        SecuredSystem.backUp(
                system.plain().with("BACKUP_SIGNING_KEY_FILE", key.get(0).toString()), "first");
        server = system.encrypting().with("BACKUP_TRUSTED_KEYS_FILE", key.get(1).toString());
        system.documents(3);
        before = system.content();
    }

    /** Returns a manager whose key-value store fails when it is replaced, this number of times. */
    private BackupManager failing(int times) {
        AtomicInteger calls = new AtomicInteger();
        List<StorageRestorer> restorers = ServiceLoader.load(StorageRestorer.class).stream()
                .map(ServiceLoader.Provider::get)
                .map(real -> real.role() == Role.KV
                        ? Faults.restorer(real, session -> failing(session, calls, times))
                        : real)
                .toList();
        List<StorageExporter> exporters = ServiceLoader.load(StorageExporter.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        return new BackupManager(server, exporters, restorers, Clock.systemUTC());
    }

    private static RestoreSession failing(RestoreSession real, AtomicInteger calls, int times) {
        return new ForwardingRestoreSession(real) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                int call = calls.incrementAndGet();
                if (call == 1 || call > times) {
                    super.restore(source, records, progress);
                }
                if (call <= times) {
                    throw new BackupException(Kind.UNREACHABLE, "The connection broke", "Start it");
                }
            }
        };
    }

    @Test
    void failedRestoreIsRolledBack() throws IOException {
        BackupException failure =
                catchThrowableOfType(BackupException.class, () -> failing(1).restore("first"));
        assertThat(failure.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(system.content()).isEqualTo(before);
    }

    @Test
    void anotherProcessRollsBackLater() throws IOException {
        BackupException failure =
                catchThrowableOfType(BackupException.class, () -> failing(2).restore("first"));
        assertThat(failure.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(new BackupManager(server).recover(new Job(line -> {}))).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertThat(system.content()).isEqualTo(before);
    }
}
