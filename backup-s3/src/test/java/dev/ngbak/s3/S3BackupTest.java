package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the engine on a repository in a bucket, with file stores. */
class S3BackupTest {

    private static S3Service service;

    @TempDir
    private Path directory;

    private final List<String> log = new ArrayList<>();
    private SampleSystem system;
    private BackupManager manager;

    @BeforeAll
    static void startService() throws Exception {
        service = S3Service.s3proxy();
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void create() throws IOException {
        service.useNewBucket();
        system = new SampleSystem(directory, 200_000);
        manager = new BackupManager(system.settings(service.settings()));
    }

    /** Makes the system so large that its archive is uploaded in two parts. */
    private void enlarge() throws IOException {
        system = new SampleSystem(directory, 12 << 20);
    }

    private Job job() {
        return new Job(line -> log.add(line.message()));
    }

    @Test
    void systemIsBackedUpAndRestored() throws IOException {
        enlarge();
        Map<String, String> before = system.content();
        ArchiveInfo made = manager.create("first", "a note", job());
        assertThat(made.location()).isEqualTo(service.root() + "/first.ngbak");
        assertThat(manager.list()).extracting(ArchiveInfo::id).containsExactly("first");
        assertThat(manager.list().get(0).verification().ok()).isTrue();
        assertThat(manager.inspect(manager.archive("first")).manifest().note()).isEqualTo("a note");
        assertThat(manager.verify(manager.archive("first"), job()).decoded()).hasSize(3);

        system.damage();
        manager.restore(manager.archive("first"), RestoreOptions.DEFAULT, plan -> true, job());

        assertThat(system.content()).isEqualTo(before);
        assertThat(manager.list()).hasSize(2).anyMatch(archive -> archive.id().startsWith("pre-restore_"));
        manager.list().forEach(archive -> manager.delete(new BackupId(archive.id()), job()));
        assertThat(manager.list()).isEmpty();
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void safetyArchiveIsLocalSoThatARollBackNeedsNoNetwork() throws IOException {
        enlarge();
        manager.create("first", null, job());
        system.damage();
        Map<String, String> before = system.content();
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            BackupManager cut = new BackupManager(system.settings(service.settings())
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
            AtomicBoolean broken = new AtomicBoolean();
            // The archive is read ahead by a few blocks, so it breaks late.
            proxy.plan(request -> {
                if (!hasSafetyArchive() || !request.isRead()) {
                    return FaultProxy.Fault.NONE;
                }
                if (broken.get()) {
                    awaitReplacement();
                    return FaultProxy.error(403, "AccessDenied");
                }
                boolean rest = request.head().contains("bytes=" + ResumingInput.FIRST_BYTES + "-");
                broken.set(rest);
                return rest ? FaultProxy.breakAnswerAfter(5 << 20) : FaultProxy.Fault.NONE;
            });
            BackupException e = catchThrowableOfType(
                    BackupException.class,
                    () -> cut.restore(cut.archive("first"), RestoreOptions.DEFAULT, plan -> true, job()));
            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        }
        assertThat(system.content()).isEqualTo(before);
        ArchiveInfo safety = manager.list().get(0);
        assertThat(safety.location())
                .startsWith(directory.resolve("backups/pre-restore_").toString());
        assertThat(manager.verify(manager.archive(safety.id()), job()).decoded())
                .hasSize(3);
        manager.delete(new BackupId(safety.id()), job());
        assertThat(hasSafetyArchive()).isFalse();
    }

    /** Waits until a store has been modified, because the archive is read ahead. */
    private void awaitReplacement() {
        for (int tries = 0; manager.openRestore() == null && tries < 3_000; tries++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private boolean hasSafetyArchive() {
        String[] names = directory.resolve("backups").toFile().list((folder, name) -> name.startsWith("pre-restore_"));
        return names != null && names.length > 0;
    }

    @Test
    void safetyArchiveGoesToTheBucketOnDemand() throws IOException {
        BackupManager remote =
                new BackupManager(system.settings(service.settings()).with("BACKUP_SAFETY", "repository"));
        remote.create("first", null, job());
        remote.restore(remote.archive("first"), RestoreOptions.DEFAULT, plan -> true, job());
        assertThat(hasSafetyArchive()).isFalse();
        assertThat(manager.list()).anySatisfy(archive -> {
            assertThat(archive.id()).startsWith("pre-restore_");
            assertThat(archive.location()).startsWith("s3://");
        });
        manager.list().forEach(archive -> manager.verify(manager.archive(archive.id()), job()));
    }

    @Test
    void nothingToRecoverNeedsNoNetwork() throws IOException {
        manager.create("first", null, job());
        BackupManager unreachable =
                new BackupManager(system.settings(service.settings()).with("BACKUP_S3_ENDPOINT", "http://127.0.0.1:1"));
        assertThat(unreachable.recover(job())).isEqualTo(RecoveryOutcome.NOTHING);
    }

    @Test
    void retentionDeletesOldArchives() {
        for (String id : List.of("one", "two", "three")) {
            new BackupManager(system.settings(service.settings()).with("BACKUP_RETENTION", "2"))
                    .create(id, null, job());
        }
        assertThat(manager.list()).extracting(ArchiveInfo::id).containsExactlyInAnyOrder("two", "three");
    }

    @Test
    void listReadsOnlyTheBeginningOfNewArchives() throws IOException {
        manager.create("first", null, job());
        manager.create("second", null, job());
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            Settings settings = system.settings(service.settings())
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            BackupManager counted = new BackupManager(settings);
            assertThat(counted.list()).hasSize(2);
            assertThat(proxy.requests())
                    .as("one list, one of the sidecars, and one range for each archive")
                    .hasSize(4);
            assertThat(counted.list()).hasSize(2);
            assertThat(proxy.requests()).as("two more lists").hasSize(6);
            proxy.requests().clear();
            counted.inspect(counted.archive("first"));
            assertThat(proxy.requests().stream().map(FaultProxy.Request::method))
                    .as("to resolve the name, to find the version, to read the manifest, to list the sidecars")
                    .containsExactly("HEAD", "HEAD", "GET", "GET");
        }
    }

    @Test
    @Tag("full")
    void listOfTenThousandArchivesCostsOneRequestPerThousand() throws Exception {
        try (S3Service many = S3Service.versitygw(directory.resolve("objects"))) {
            many.useNewBucket();
            manager = new BackupManager(system.settings(many.settings()));
            byte[] archive;
            try (InputStream in =
                    manager.archive(manager.create("first", null, job())).read(0)) {
                archive = in.readAllBytes();
            }
            Path folder = directory.resolve("objects").resolve(many.bucket()).resolve("prod/ngbak");
            for (int i = 1; i < 10_000; i++) {
                Files.write(folder.resolve("copy-" + i + ".ngbak"), Arrays.copyOf(archive, 80_000));
            }
            try (FaultProxy proxy = new FaultProxy(many.endpoint())) {
                BackupManager counted = new BackupManager(system.settings(many.settings())
                        .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
                assertThat(counted.list()).hasSize(10_000);
                // The folder of the lock counts as a key, so there is an eleventh list.
                assertThat(proxy.requests()).as("lists and ranges").hasSize(11 + 1 + 10_000);
                assertThat(counted.list()).hasSize(10_000);
                assertThat(proxy.requests()).as("only the lists").hasSize(10_000 + 2 * (11 + 1));
            }
        }
    }

    @Test
    void credentialsThatExpireDuringABackupLeaveNoArchive() throws IOException {
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            AtomicBoolean expired = new AtomicBoolean();
            proxy.plan(request -> {
                expired.compareAndSet(false, request.isPart(1));
                return expired.get() ? FaultProxy.error(403, "ExpiredToken") : FaultProxy.Fault.NONE;
            });
            BackupManager refused = new BackupManager(system.settings(service.settings())
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
            BackupException e =
                    catchThrowableOfType(BackupException.class, () -> refused.create("victim", null, job()));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e)
                    .hasMessageContaining("expired")
                    .hasMessageContaining("No archive was made")
                    .hasMessageContaining("BACKUP_S3_ACCESS_KEY");
        }
        assertThat(manager.list()).isEmpty();
        assertThat(service.openUploads()).as("the credentials do not abort it").hasSize(1);
        manager.create("next", null, job());
        assertThat(service.openUploads()).isEmpty();
        assertThat(manager.list()).hasSize(1);
    }

    @Test
    void cancelledBackupLeavesNothing() throws IOException {
        enlarge();
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            AtomicBoolean cancelled = new AtomicBoolean();
            Job job = job();
            proxy.plan(request -> {
                if (request.isPart(1) && cancelled.compareAndSet(false, true)) {
                    job.cancel();
                }
                return FaultProxy.Fault.NONE;
            });
            BackupManager slow = new BackupManager(system.settings(service.settings())
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
            assertThat(catchThrowable(() -> slow.create("victim", null, job))).hasMessageContaining("ancelled");
        }
        assertThat(manager.list()).isEmpty();
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void keysAppearNowhere() throws IOException {
        ReadableArchive archive = manager.archive(manager.create("first", null, job()));
        ByteArrayOutputStream everything = new ByteArrayOutputStream();
        try (InputStream in = new GZIPInputStream(archive.read(0))) {
            in.transferTo(everything);
        }
        try (Stream<Path> files = Files.walk(directory.resolve("backups"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                everything.write(Files.readAllBytes(file));
            }
        }
        manager.examine().forEach(finding -> log.add(finding.toString()));
        log.add(manager.repository().displayName());
        assertThat(log.toString() + everything.toString(StandardCharsets.ISO_8859_1))
                .contains("BACKUP_S3_ENDPOINT")
                .doesNotContain(S3Service.ACCESS_KEY)
                .doesNotContain(S3Service.SECRET_KEY);
    }

    /** Files as nano-graphrag writes them. */
    static final class SampleSystem {
        private static final int DOCUMENT_BYTES = 400_000;

        private final Path directory;
        private final Path working;

        /** @param bytes the approximate size, which does not compress well */
        SampleSystem(Path directory, int bytes) throws IOException {
            this.directory = directory;
            this.working = Files.createDirectories(directory.resolve("working_dir"));
            Random random = new Random(3);
            try (Writer out = Files.newBufferedWriter(working.resolve("kv_store_full_docs.json"))) {
                out.write("{");
                for (int left = bytes, number = 1; left > 0; left -= DOCUMENT_BYTES, number++) {
                    byte[] noise = new byte[Math.min(left, DOCUMENT_BYTES) * 3 / 4];
                    random.nextBytes(noise);
                    String text = Base64.getEncoder().encodeToString(noise);
                    out.write((number == 1 ? "" : ",") + "\"doc-" + number + "\": {\"content\": \"" + text + "\"}");
                }
                out.write("}");
            }
            Files.writeString(working.resolve("kv_store_text_chunks.json"), "{\"chunk-1\": {\"content\": \"one\"}}");
        }

        Settings settings(Settings repository) {
            return repository
                    .with("WORKING_DIR", working.toString())
                    .with("BACKUP_DIR", directory.resolve("backups").toString());
        }

        Map<String, String> content() throws IOException {
            try (Stream<Path> files = Files.list(working)) {
                return files.collect(Collectors.toMap(
                        file -> file.getFileName().toString(), SampleSystem::text, (a, b) -> a, TreeMap::new));
            }
        }

        private static String text(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        void damage() throws IOException {
            Files.writeString(working.resolve("kv_store_full_docs.json"), "{\"doc-2\": {\"content\": \"other\"}}");
            Files.delete(working.resolve("kv_store_text_chunks.json"));
        }
    }
}
