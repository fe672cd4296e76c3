package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.s3.FaultProxy.Fault;
import dev.ngbak.s3.FaultProxy.Request;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the process of a backup at a request to the service: the outcome is a whole archive or none. */
class KilledS3BackupTest {

    @TempDir
    private Path directory;

    /** A moment, and the number of archives that must be there afterwards. */
    private record Kill(String moment, Predicate<Request> at, boolean afterwards, int archives) {}

    private static final List<Kill> KILLS = List.of(
            new Kill("before the upload begins", Request::isCreate, false, 0),
            new Kill("when the upload has begun", Request::isCreate, true, 0),
            new Kill("while a part is sent during the export", Request::isPart, false, 0),
            new Kill("when the part with the manifest was sent", request -> request.isPart(1), true, 0),
            new Kill("before the upload is completed", Request::isComplete, false, 0),
            new Kill("when the upload is completed", Request::isComplete, true, 1),
            new Kill("when the lease is taken", Request::isLease, true, 0),
            new Kill("while the archive is read back", Request::isRead, false, 1));

    /** Makes a backup in a process of its own. */
    static final class Backup {
        private Backup() {}

        public static void main(String[] arguments) {
            new BackupManager(Settings.fromEnvironment()).create("victim", null, new Job());
        }
    }

    @Test
    void killedBackupLeavesAWholeArchiveOrNone() throws Exception {
        // The two moments that leave most behind.
        killAtEach(List.of(KILLS.get(3), KILLS.get(5)));
    }

    @Test
    @Tag("full")
    void backupKilledAtAnyRequestLeavesAWholeArchiveOrNone() throws Exception {
        killAtEach(KILLS);
    }

    private void killAtEach(List<Kill> kills) throws Exception {
        try (S3Service service = S3Service.s3proxy()) {
            for (Kill kill : kills) {
                service.useNewBucket();
                Path home = directory.resolve(kill.moment().replace(' ', '-'));
                S3BackupTest.SampleSystem system = new S3BackupTest.SampleSystem(home, 24 << 20);
                Settings settings = system.settings(service.streaming());
                killAt(kill, service, settings);

                BackupManager manager = new BackupManager(settings);
                List<ArchiveInfo> archives = manager.list();
                assertThat(archives).as(kill.moment()).hasSize(kill.archives());
                for (ArchiveInfo archive : archives) {
                    assertThat(manager.verify(manager.archive(archive), new Job())
                                    .decoded())
                            .as(kill.moment())
                            .hasSize(3);
                }
                system.damage(); // so that the next backup is small
                manager.create("next", null, new Job());
                assertThat(service.openUploads()).as(kill.moment()).isEmpty();
                assertThat(home.resolve("backups/.ngbak/spool")).isEmptyDirectory();
            }
        }
    }

    private static void killAt(Kill kill, S3Service service, Settings settings)
            throws IOException, InterruptedException {
        CountDownLatch reached = new CountDownLatch(1);
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            proxy.plan(request -> {
                if (!kill.at().test(request)) {
                    return Fault.NONE;
                }
                if (!kill.afterwards()) {
                    reached.countDown();
                    return FaultProxy.hang();
                }
                return FaultProxy.answerAndThen(reached::countDown);
            });
            Settings through =
                    settings.with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            ProcessBuilder command = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Backup.class.getName());
            Map<String, String> environment = command.environment();
            through.names().forEach(name -> environment.put(name, through.text(name, "")));
            Process process = command.inheritIO().start();
            while (!reached.await(100, TimeUnit.MILLISECONDS)) {
                assertThat(process.isAlive()).as(kill.moment()).isTrue();
            }
            process.destroyForcibly().waitFor();
        }
    }
}
